"""Where Odoo may come from: the machine's mirror in both forms, a folder, an archive."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from ground import odoo_source
from ground.say import GroundError

RELEASE = "version_info = ({}, 0, 0, FINAL, 0, '')\n"


def test_mirror_in_stanzas(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    key = tmp_path / "key.gpg"
    key.touch()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(
        f"# a comment\nTypes: deb deb-src\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\n"
        f"Components: main\n\nEnabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n\n"
        f"Types: deb\nURIs: http://mirror.example/debian/\nSuites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: {key}\n"
    )
    assert odoo_source.mirror(str(tmp_path)) == ("http://mirror.example/debian/", str(key))


@pytest.mark.parametrize("options", ["", "[arch=amd64 signed-by={key}] "])
def test_mirror_in_lines(tmp_path, options):
    key = tmp_path / "key.gpg"
    key.touch()
    (tmp_path / "sources.list").write_text(
        "# deb http://off.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://tools.example/tools bookworm main\n"
        f"deb {options.format(key=key)}http://mirror.example/debian bookworm main contrib # ours\n"
    )
    uri, signed_by = odoo_source.mirror(str(tmp_path))
    assert uri == "http://mirror.example/debian"
    assert (
        signed_by == str(key)
        if options
        else signed_by.startswith("/usr/share/keyrings/debian-archive-keyring")
    )


def test_no_mirror(tmp_path):
    with pytest.raises(GroundError, match="ODOO_HOME"):
        odoo_source.mirror(str(tmp_path))


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Serve files on the loopback; return (folder, url)."""
    folder = tmp_path / "www"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *args: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DEALER_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "ODOO_HOME", "ODOO_SHA256"):
        monkeypatch.delenv(name, raising=False)
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def write_archive(path, series=19, name="odoo-19.0.post1/odoo/release.py"):
    data = RELEASE.format(series).encode()
    with tarfile.open(path, "w:gz") as tarred:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tarred.addfile(info, io.BytesIO(data))


def test_archive(archive, monkeypatch):
    folder, url = archive
    write_archive(folder / "odoo.tar.gz")
    monkeypatch.setenv("ODOO_URL", f"{url}/odoo.tar.gz")
    monkeypatch.setenv(
        "ODOO_SHA256", hashlib.sha256((folder / "odoo.tar.gz").read_bytes()).hexdigest()
    )
    found = odoo_source.find()
    assert (found / "odoo" / "release.py").exists()
    assert odoo_source.version(found).startswith("archive-")
    # the second time it comes out of the cache
    (folder / "odoo.tar.gz").unlink()
    assert odoo_source.find() == found


@pytest.mark.parametrize(
    ("name", "series", "sha256", "sentence"),
    [
        ("odoo.tar.gz", 18, "", "the suite needs 19.0"),
        ("odoo.tar.gz", 19, "0" * 64, "checksum"),
        ("absent.tar.gz", 19, "", "answers 404"),
        ("broken.tar.gz", 19, "", "cannot be unpacked"),
    ],
)
def test_archive_that_is_wrong(archive, monkeypatch, name, series, sha256, sentence):
    folder, url = archive
    write_archive(folder / "odoo.tar.gz", series)
    (folder / "broken.tar.gz").write_bytes(b"no archive at all")
    monkeypatch.setenv("ODOO_URL", f"{url}/{name}")
    monkeypatch.setenv("ODOO_SHA256", sha256)
    with pytest.raises(GroundError, match=sentence):
        odoo_source.find()


def test_archive_may_not_write_outside(archive, monkeypatch, tmp_path):
    folder, url = archive
    write_archive(folder / "odoo.tar.gz", name="../../escaped")
    monkeypatch.setenv("ODOO_URL", f"{url}/odoo.tar.gz")
    with pytest.raises(GroundError):
        odoo_source.find()
    assert not list(tmp_path.rglob("escaped"))


def test_server_that_is_away(archive, monkeypatch):
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9/odoo.tar.gz")
    with pytest.raises(GroundError, match="no network"):
        odoo_source.find()


def test_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(GroundError, match="no odoo/release.py"):
        odoo_source.find()
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text(RELEASE.format(19))
    assert odoo_source.find() == tmp_path


def test_links_are_mended(tmp_path):
    """Absolute links of an unpacked package point into its own root; what a page needs and is not there is an error."""
    static = tmp_path / "usr/lib/python3/dist-packages/odoo/addons/web/static"
    static.mkdir(parents=True)
    script = tmp_path / "usr/share/javascript/jquery.js"
    script.parent.mkdir(parents=True)
    script.touch()
    (static / "jquery.js").symlink_to("/usr/share/javascript/jquery.js")
    odoo_source._repair(tmp_path)
    assert (static / "jquery.js").resolve() == script.resolve()
    (static / "font.ttf").symlink_to("/usr/share/fonts/absent.ttf")
    with pytest.raises(GroundError, match=r"font\.ttf"):
        odoo_source._repair(tmp_path)
