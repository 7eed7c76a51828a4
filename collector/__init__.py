"""From the wire to the journal: MQTT, files, replay and simulation."""
