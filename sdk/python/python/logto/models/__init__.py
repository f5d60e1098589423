"""Typed values of the public interface."""
