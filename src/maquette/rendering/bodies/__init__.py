"""Anny bodies: shapes, bones, joints, parts and skinning."""
