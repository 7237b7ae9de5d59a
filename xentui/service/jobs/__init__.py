"""Jobs of the host, as the service has them begun, follows and stops them."""
