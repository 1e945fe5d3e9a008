"""The WSGI entry point: `gunicorn wsgi:app`. Refuses to start, with the remedy, where starting would be unsafe."""

from complaints.web.app import create_app
from complaints.web.cli.checks import refuse
from config import Settings

settings = Settings.from_env()
refuse(settings, schema=True, patient=True)
app = create_app(settings)
