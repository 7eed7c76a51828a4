"""What officers see: the projection into InfluxDB and the Grafana dashboards over it."""
