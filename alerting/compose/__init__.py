"""What people are told: a decision becomes a message, Chinese and English, one phone screen."""

from __future__ import annotations

from alerting.compose.composer import Composer

__all__ = ["Composer"]
