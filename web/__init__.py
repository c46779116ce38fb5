"""The pages and the HTTP interface of the box."""

from web.app import create_app

__all__ = ["create_app"]
