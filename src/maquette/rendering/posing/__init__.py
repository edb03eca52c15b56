"""Poses for Anny bodies: taken from joints and rotations of any rig, walking, and postures."""
