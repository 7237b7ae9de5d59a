"""``python -m xentui``."""

from xentui.main import main

main()
