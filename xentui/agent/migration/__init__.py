"""Domains that go to another host, running or off, with what is stored of them."""
