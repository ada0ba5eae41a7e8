import io
import itertools
import re
import shutil

import matplotlib as mpl
import pytest
from PIL import Image, PngImagePlugin

from crmlab import brand
from crmlab.brand import OUR_OWN
from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.language import FONTS


def picture(size=(120, 40), form="PNG", **how) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#0b6477").save(file, form, **how)
    return file.getvalue()


@pytest.fixture
def open_with(write_client):
    """The client that a client file with this brand gives, its files in the client's folder."""

    def opened(keys, **files: bytes) -> Client:
        path = write_client(brand=keys)
        for name, content in files.items():
            (path.parent / name.replace("__", ".")).write_bytes(content)
        return Client.open(path)

    return opened


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),  # by definition: (1 + 0.05) / (0 + 0.05)
        ("#ffffff", "#ffffff", 1),
        # published examples of contrast on white: WebAIM, "Contrast and Color Accessibility"
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_the_guidelines(one, other, ratio):
    assert brand.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert brand.contrast(one, other) == brand.contrast(other, one)


@pytest.mark.parametrize(("text", "value"), [("#037", "#003377"), ("#12374D", "#12374d"), ("#767676", "#767676")])
def test_a_colour_that_can_be_read_is_taken(text, value):
    assert brand.colour(text) == value


@pytest.mark.parametrize("text", ["red", "#12", "#1234567", "rgb(0,0,0)", "#12374d;}", "", "#xyz"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(ValueError, match="is no colour; write it in hexadecimal digits"):
        brand.colour(text)


@pytest.mark.parametrize("text", ["".join(("#", *parts)) for parts in itertools.product("4c", "8f", "0e")])
def test_a_colour_too_light_is_refused_with_the_nearest_that_passes(text):
    value = "#" + "".join(2 * digit for digit in text[1:])
    if brand.contrast(value, "#ffffff") >= brand.LEAST_CONTRAST:
        assert brand.colour(text) == value
        return
    with pytest.raises(ValueError, match=r"WCAG AA.*the nearest that passes is '(#[0-9a-f]{6})'") as error:
        brand.colour(text)
    offered = re.findall(r"#[0-9a-f]{6}", str(error.value))[-1]
    assert brand.colour(offered) == offered
    # one step of 255 lighter on the way from white's side, and it would not pass
    lighter = "#" + "".join(f"{min(255, int(offered[place : place + 2], 16) + 2):02x}" for place in (1, 3, 5))
    assert brand.contrast(lighter, "#ffffff") < brand.LEAST_CONTRAST


def test_by_night_the_colours_are_light_enough():
    for value in OUR_OWN.by_night:
        assert brand.contrast(value, "#12191e") >= brand.LEAST_CONTRAST


def test_a_client_without_a_brand_has_the_reports_own(open_with, write_client):
    assert Client.open(write_client()).brand == OUR_OWN
    assert not OUR_OWN.is_own
    assert open_with({}).brand == OUR_OWN


def test_a_brand_is_read_with_its_files(open_with):
    keys = {"logo": "logo.png", "colours": {"primary": "#037"}, "font": ["a.ttf", "b.ttf"], "footer": "Main Street"}
    fonts = {
        name: (FONTS / f"Vazirmatn-{kind}.ttf").read_bytes()
        for name, kind in (("a__ttf", "Regular"), ("b__ttf", "Bold"))
    }
    with pytest.raises(DataError, match=r"there is no file 'logo\.png'"):
        open_with(keys, **fonts)
    own = open_with(keys, logo__png=picture(), **fonts).brand
    assert (own.primary, own.accent, own.footer) == ("#003377", brand.ACCENT, "Main Street")
    assert (own.font, [font.bold for font in own.fonts]) == ("Vazirmatn", [False, True])
    assert Image.open(io.BytesIO(own.logo)).size == (120, 40)
    assert own.is_own
    assert own.sha256 != OUR_OWN.sha256


def test_a_logo_is_redrawn_so_that_only_its_pixels_are_left(open_with):
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "<script>alert(1)</script>")
    with_more = picture(pnginfo=said) + b"<?php more ?>"
    own = open_with({"logo": "logo.png"}, logo__png=with_more).brand
    assert b"script" in with_more
    assert b"script" not in own.logo
    assert b"php" not in own.logo
    jpeg = open_with({"logo": "logo.jpg"}, logo__jpg=picture(form="JPEG", comment=b"<script>")).brand
    assert jpeg.logo.startswith(b"\x89PNG")
    assert b"script" not in jpeg.logo


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("../logo.png", None, "lies outside of the client's folder"),
        ("/etc/passwd", None, "lies outside of the client's folder"),
        ("logo.svg", b"<svg><script/></svg>", r"no file that reports can take; give a PNG or JPEG picture \(.png"),
        ("logo.png", b"<svg><script/></svg>", r"cannot be used: it is no such picture"),
        ("logo.png", b"GIF89a" + bytes(40), r"cannot be used: it is no such picture"),
        ("logo.png", picture()[:90], r"cannot be used: it is no such picture"),
        ("logo.png", picture((8, 40)), "8 x 40 pixels, and each side has to have 16 to 4000"),
        ("logo.png", picture((4001, 20)), "4001 x 20 pixels"),
        ("logo.png", bytes(1_000_001), "has 1,000,001 bytes, and at most 1,000,000"),
    ],
)
def test_a_logo_that_reports_cannot_take_is_refused(open_with, name, content, told):
    files = {} if content is None else {name.replace(".", "__"): content}
    with pytest.raises(DataError, match=f"brand.logo: .*{told}"):
        open_with({"logo": name}, **files)


def test_a_link_out_of_the_folder_is_followed_and_refused(write_client, tmp_path):
    path = write_client(brand={"logo": "logo.png"})
    (tmp_path / "secret.png").write_bytes(picture())
    (path.parent / "logo.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match="lies outside of the client's folder"):
        Client.open(path)


def test_a_font_that_is_none_is_refused(open_with):
    with pytest.raises(DataError, match=r"brand\.font: 'a\.ttf' cannot be used: it is no such font"):
        open_with({"font": "a.ttf"}, a__ttf=b"no font")


def test_fonts_of_two_families_are_refused(open_with, tmp_path):
    other = tmp_path / "other.ttf"
    shutil.copy(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf", other)
    with pytest.raises(DataError, match="the files are of different fonts, DejaVu Sans, Vazirmatn"):
        open_with(
            {"font": ["a.ttf", "b.ttf"]},
            a__ttf=(FONTS / "Vazirmatn-Bold.ttf").read_bytes(),
            b__ttf=other.read_bytes(),
        )


def test_everything_wrong_with_a_brand_is_said_at_once(open_with):
    keys = {"logo": "no.png", "colours": {"primary": "#0a5", "accent": "red", "third": "#000"}, "footer": 7, "lgo": 1}
    with pytest.raises(DataError) as error:
        open_with(keys)
    told = str(error.value)
    for part in (
        "brand.colours.primary: '#0a5' has a contrast of 3.05 to 1",
        "the nearest that passes is '#008945'",
        "brand.colours.accent: 'red' is no colour",
        "brand.colours.third: is an unknown key; known here: primary, accent",
        "brand.footer: must be text, got 7",
        "brand.lgo: is an unknown key (did you mean 'logo'?)",
        "brand.logo: there is no file 'no.png' in the client's folder",
    ):
        assert part in told
