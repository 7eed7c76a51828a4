"""Pages of the air: the cities, a city's year and month, a station's. Looking judges nothing."""
