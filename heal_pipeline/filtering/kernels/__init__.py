"""What the signals compute, by what they look at: functions from a batch of texts to a number for each text, on whole arrays.

`batch` takes texts apart; the other modules measure. Which signal is which function stands in `heal_pipeline.filtering.signals`.
"""
