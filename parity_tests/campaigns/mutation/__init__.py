"""Mutation testing: does a test fail for every small change of the code?"""
