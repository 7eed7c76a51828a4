"""Messages from an MQTT broker: the session, and two ways to receive."""
