"""The whole house: every department's verbs on one project folder."""

from newsletter.project.errands import Errands
from newsletter.project.health import HealthRoom
from newsletter.project.reports import ReportRoom
from newsletter.project.returns import ReturnRoom


class Project(Errands, HealthRoom, ReportRoom, ReturnRoom):
    """A project folder and everything one can do with it: the verbs of every department."""
