"""Jobs, schedules and sensors: which assets run together, and when."""
