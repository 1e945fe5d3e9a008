"""The WSGI entry point: `gunicorn wsgi:app`."""

from complaints.web.app import create_app
from config import Settings

app = create_app(Settings.from_env())
