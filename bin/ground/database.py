"""Databases with their files: make, copy, drop."""

import shutil

from .paths import DATA_DIR
from .postgres import Cluster


def filestore(name: str):
    return DATA_DIR / "filestore" / name


def drop(cluster: Cluster, name: str) -> None:
    cluster.drop(name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def copy(cluster: Cluster, template: str, name: str) -> None:
    """Copy a database and its files; attachments live in the files."""
    drop(cluster, name)
    cluster.copy(template, name)
    if filestore(template).exists():
        shutil.copytree(filestore(template), filestore(name), dirs_exist_ok=True)


def rename(cluster: Cluster, old: str, new: str) -> None:
    drop(cluster, new)
    if filestore(old).exists():
        filestore(old).rename(filestore(new))
    cluster.psql("postgres", f'ALTER DATABASE "{old}" RENAME TO "{new}"')
