"""The nouns of vibench: arrays with units and meaning, and the seams between stages."""
