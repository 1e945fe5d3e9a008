"""Celery on the same factory as the web: `celery -A workers.app:celery worker` and `beat`."""

from complaints.web.app import create_app
from complaints.web.cli.checks import refuse
from config import Settings
from workers.assembly import make_celery

settings = Settings.from_env()
refuse(settings, schema=True, patient=True)
flask_app = create_app(settings)
celery = make_celery(flask_app, settings)
