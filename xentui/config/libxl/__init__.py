"""A configuration as libxl would get it from xl: the same values, refusals and warnings (tools/xl/xl_parse.c)."""
