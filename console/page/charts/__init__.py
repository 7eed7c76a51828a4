"""The page's charts as plain values: places, sizes and colours, one module a chart. The templates draw them."""
