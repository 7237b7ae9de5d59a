"""The list of domains: rows, columns, filter, order, and the widget that draws them."""
