"""What is kept: SQLAlchemy Core on SQLite or PostgreSQL, one code."""

from newsletter.store.audience import SqlAudienceStore
from newsletter.store.delivery import SqlDeliveryStore
from newsletter.store.engine import open_engine, upgrade
from newsletter.store.reports import SqlReportStore
from newsletter.store.retention import SqlRetentionStore
from newsletter.store.returns import SqlReturnStore

__all__ = [
    "SqlAudienceStore",
    "SqlDeliveryStore",
    "SqlReportStore",
    "SqlRetentionStore",
    "SqlReturnStore",
    "open_engine",
    "upgrade",
]
