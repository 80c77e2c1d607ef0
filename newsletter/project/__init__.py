"""The corridor between the departments: opens a project folder, wires the ports, one short method per verb.

Heavy rooms (the store, the renderer, the mail server) are imported by the verb that needs them, so that
`newsletter --help` and `newsletter articles` pay for neither.
"""

from newsletter.project.errands import Errands
from newsletter.project.health import HealthRoom
from newsletter.project.mailroom import Orders, Plan, Run
from newsletter.project.newsroom import Preview, Proofread
from newsletter.project.reports import ReportRoom
from newsletter.project.sample import create_project


class Project(Errands, HealthRoom, ReportRoom):
    """A project folder and everything one can do with it: the verbs of every department."""


__all__ = ["Orders", "Plan", "Preview", "Project", "Proofread", "Run", "create_project"]
