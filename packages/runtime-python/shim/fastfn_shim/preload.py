"""What nearly every handler imports, loaded once in the daemon: workers get it by fork, at once and in shared memory."""

# ruff: noqa: F401
import asyncio
import base64
import collections
import contextlib
import contextvars
import dataclasses
import datetime
import decimal
import email.utils
import enum
import functools
import hashlib
import hmac
import importlib.machinery
import importlib.util
import inspect
import io
import itertools
import json
import linecache
import logging
import math
import os.path
import random
import re
import tempfile
import threading
import time
import traceback
import typing
import urllib.parse
import uuid

from . import (
    async_server,
    loader,
    output,
    program,
    response,
    sandbox,
    sync_server,
    worker,
)
