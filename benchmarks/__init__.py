"""Every stage against its peers, as ratios measured in one run. The harness is in harness.py, one member a module."""
