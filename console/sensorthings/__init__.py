"""OGC SensorThings API 1.1 (18-088), for reading: stations as things, channels as datastreams, readings."""
