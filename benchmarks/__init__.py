"""How fast it is and how much it takes, measured on this machine; `make bench` runs it (docs/benchmarks.md)."""
