"""Migrations, looked at before they are done."""
