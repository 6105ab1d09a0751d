from helpers.slope import backward, forward

__all__ = ["backward", "forward"]
