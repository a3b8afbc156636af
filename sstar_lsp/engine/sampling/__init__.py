"""Asking for programs: first prompts, prompt variants, and the order of attempts."""
