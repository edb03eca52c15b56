import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.errors import ConventionError, MissingExtraError, SettingError
from maquette.show import report
from maquette.show.page_data import choose_evenly, page_data
from maquette.show.report import report_html

VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """Collects the tags of a page, the text of its scripts and whether all tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.open, self.scripts, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif data.strip():
            self.words.append(data.strip())

    def by_id(self, name):
        return next((attrs for _, attrs in self.tags if attrs.get("id") == name), {})

    @property
    def data(self):
        def refuse(token):
            raise AssertionError(f"{token} is no JSON")

        return json.loads(self.scripts[0], parse_constant=refuse)


@pytest.fixture
def frames(grey):
    return [Frame(grey, i / 25) for i in range(4)]


@pytest.fixture(autouse=True)
def short_plotly(monkeypatch):
    """The plotting library's five megabytes are left out: the page around them is what is tested."""

    class Plotly:
        get_plotlyjs = staticmethod(lambda: "/* plotly */")

    monkeypatch.setattr(report, "optional_import", lambda *_, **__: Plotly)


def test_the_page_is_well_formed_and_loads_nothing(make_estimate, frames):
    page = Page(report_html(make_estimate(persons=2), frames, title="walk.mp4"))
    assert not page.open
    assert len(page.scripts) == 3
    for tag, attrs in page.tags:
        assert tag not in {"link", "img", "iframe"}
        assert not {"src", "href", "srcset", "data"} & set(attrs)
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_the_real_plotting_library_is_inside(make_estimate, monkeypatch):
    monkeypatch.undo()
    page = Page(report_html(make_estimate(frames=1), None, title="one"))
    assert not page.open
    assert len(page.scripts) == 3
    assert len(page.scripts[1]) > 1_000_000


def test_words_of_users_stay_words(make_estimate, frames):
    evil = "</script><script>alert(1)</script> $title & \"quotes\" 'more'"
    estimate = make_estimate(notes=(evil,), method=evil, detector=evil)
    page = Page(report_html(estimate, frames, title=evil))
    assert len(page.scripts) == 3
    assert evil in page.words
    assert not page.open


@pytest.mark.parametrize(("count", "most", "shown"), [(4, 120, 4), (300, 120, 120), (7, 3, 3), (5, 1, 1)])
def test_the_slider_has_a_step_for_every_shown_frame(make_estimate, grey, count, most, shown):
    estimate = make_estimate(frames=count)
    page = Page(report_html(estimate, (Frame(grey, i / 25) for i in range(count)), title="t", most_frames=most))
    assert len(page.data["frames"]) == shown
    if shown > 1:
        assert page.by_id("slider")["max"] == str(shown - 1)
        assert page.data["frames"][-1]["index"] == count - 1
    else:
        assert not page.by_id("slider")
    assert all(frame["picture"] for frame in page.data["frames"])


def test_a_single_photograph_has_no_slider_and_no_chart(make_estimate, frames):
    page = Page(report_html(make_estimate(frames=1), frames[:1], title="photo.jpg"))
    assert not page.by_id("slider")
    assert not page.by_id("play")
    assert not page.by_id("chart")


@pytest.mark.parametrize("persons", [0, 1, 3])
def test_nobody_anywhere(make_estimate, frames, persons):
    estimate = make_estimate(persons=persons)
    none = np.zeros_like(estimate.poses.mask)
    estimate = replace(
        estimate, poses=replace(estimate.poses, mask=none), keypoints=replace(estimate.keypoints, mask=none)
    )
    page = Page(report_html(estimate, frames, title="empty"))
    assert any("nobody found" in words for words in page.words)
    assert all(person is None for frame in page.data["frames"] for person in frame["space"])


def test_three_persons_are_chosen_from_and_said_to_be_set_apart(make_estimate, frames):
    page = Page(report_html(make_estimate(persons=3), frames, title="three"))
    assert [person["id"] for person in page.data["persons"]] == [1, 2, 3]
    assert len({tuple(person.values()) for person in page.data["persons"]}) == 3
    assert sum("data-person" in attrs for _, attrs in page.tags) == 3
    assert any("distances between them are not measured" in words for words in page.words)


def test_unknown_joints_are_null_and_nothing_is_nan(make_estimate, frames):
    estimate = make_estimate()
    mask = estimate.poses.mask.copy()
    wrist = estimate.poses.skeleton.index("l_wrist")
    mask[1, 0, wrist] = False
    estimate = replace(estimate, poses=replace(estimate.poses, mask=mask))
    data = Page(report_html(estimate, frames, title="gap")).data
    assert data["frames"][1]["space"][0][wrist] is None
    assert data["frames"][0]["space"][0][wrist] is not None
    elbow = next(angle for angle in data["angles"] if angle["name"] == "Elbow flexion")
    assert elbow["curves"][0][0] == [90.0, None, 90.0, 90.0]
    assert elbow["curves"][0][1] == [90.0] * 4


def test_the_page_draws_the_joints_where_they_are(make_estimate, frames):
    estimate = make_estimate()
    data = page_data(estimate, frames, 120)
    ankle = estimate.poses.skeleton.index("l_ankle")
    x, y = estimate.keypoints.joints[0, 0, ankle]
    assert data["frames"][0]["flat"][0][ankle] == pytest.approx([x + 0.5, y + 0.5, 1.0, 1.0])
    right, _, up, _ = data["frames"][0]["space"][0][ankle]
    assert right == pytest.approx(0.1)
    assert up == pytest.approx(data["box"]["low"][2], abs=2e-3)
    assert data["skeleton"]["sides"][ankle] == "left"


def test_pictures_are_small_jpegs(make_estimate):
    estimate = make_estimate(frames=1)
    estimate = replace(estimate, keypoints=replace(estimate.keypoints, image_size=(1080, 1920)))
    data = page_data(estimate, [Frame(np.zeros((1920, 1080, 3), np.uint8), 0.0)], 120)
    picture = Image.open(io.BytesIO(base64.b64decode(data["frames"][0]["picture"])))
    assert picture.format == "JPEG"
    assert picture.size == (270, 480)
    assert data["canvas"] == {"left": -0.5, "top": -0.5, "width": 1080, "height": 1920}


@pytest.mark.parametrize("size", [(640, 480), None])
def test_without_pictures_the_canvas_holds_all_keypoints(make_estimate, size):
    estimate = make_estimate()
    keypoints = replace(estimate.keypoints, image_size=size)
    canvas = page_data(replace(estimate, keypoints=keypoints), None, 120)["canvas"]
    low, high = keypoints.joints.min(axis=(0, 1, 2)), keypoints.joints.max(axis=(0, 1, 2))
    assert canvas["left"] < low[0] and canvas["top"] < low[1]
    assert canvas["left"] + canvas["width"] > high[0] and canvas["top"] + canvas["height"] > high[1]


def test_pictures_that_end_early_leave_the_rest_without(make_estimate, frames):
    data = page_data(make_estimate(), frames[:2], 120)
    assert [frame["picture"] is not None for frame in data["frames"]] == [True, True, False, False]


def test_no_picture_is_read_beyond_the_last_shown(make_estimate, grey):
    def endless():
        for index in range(1000):
            assert index < 4
            yield Frame(grey, index / 25)

    assert len(page_data(make_estimate(frames=4), endless(), 120)["frames"]) == 4


@pytest.mark.parametrize(
    ("scale_known", "words"), [(True, "Known: lengths are measured."), (False, "as if 1.70 m tall")]
)
def test_the_page_says_what_its_lengths_are(make_estimate, frames, scale_known, words):
    estimate = make_estimate()
    estimate = replace(estimate, poses=replace(estimate.poses, scale_known=scale_known))
    page = report_html(estimate, frames, title="t")
    assert words in page
    assert ("as if" in page) != scale_known


def test_lengths_are_listed_in_centimetres(make_estimate, frames):
    estimate = make_estimate()
    page = Page(report_html(replace(estimate, poses=estimate.poses.in_unit("mm")), frames, title="t"))
    assert page.words.count("45.0") == 4


def test_angles_and_lengths_say_how_sure_they_are(make_estimate, frames):
    estimate = make_estimate()
    assert "deviations" not in page_data(estimate, frames, 120)["angles"][0]
    unsure = replace(estimate.poses, uncertainty=np.full(estimate.poses.mask.shape, 0.04))
    page = Page(report_html(replace(estimate, poses=unsure), frames, title="t"))
    (elbow,) = (angle for angle in page.data["angles"] if angle["name"] == "Elbow flexion")
    assert elbow["curves"][0][0] == [90.0] * 4 and 1 < elbow["deviations"][0][0][0] < 20
    assert sum("one standard deviation" in words for words in page.words) == 2
    assert not any("± 0.0" in words for words in page.words)


def test_any_angle_is_chosen_to_be_seen_over_time(make_estimate, frames):
    page = Page(report_html(make_estimate(persons=2), frames, title="t"))
    names = [angle["name"] for angle in page.data["angles"]]
    at = [index for index, (_, attrs) in enumerate(page.tags) if attrs.get("id") == "angle"]
    options = [tag for tag, _ in page.tags[at[0] + 1 :][: len(names)]]
    assert len(at) == 1 and options == ["option"] * len(names) and "Knee flexion" in names
    assert all(page.words.count(name) == 2 for name in names)  # to choose from, and in the table
    assert "bandOutline" in page.scripts[-1] and "shapes[0].x0" in page.scripts[-1]


def test_angles_of_the_whole_body_have_one_curve_and_one_cell(make_estimate, frames):
    page = Page(report_html(make_estimate(), frames, title="t"))
    assert [len(angle["curves"][0]) for angle in page.data["angles"] if angle["name"] == "Trunk left rotation"] == [1]
    rows = {attrs["data-angle"]: 0 for tag, attrs in page.tags if "data-angle" in attrs}
    assert len(rows) == len(page.data["angles"])
    assert sum(tag == "td" and attrs.get("class") == "both" for tag, attrs in page.tags) == 4  # and three lengths


@pytest.mark.parametrize("frame", ["camera", "world", "canonical"])
def test_every_frame_is_named(make_estimate, frames, frame):
    estimate = make_estimate()
    assert Page(report_html(replace(estimate, poses=replace(estimate.poses, frame=frame)), frames, title="t")).data


def test_evenly_chosen_numbers():
    np.testing.assert_array_equal(choose_evenly(5, 9), [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(choose_evenly(101, 3), [0, 50, 100])
    np.testing.assert_array_equal(choose_evenly(9, 1), [0])
    assert len(choose_evenly(0, 5)) == 0


def test_pictures_of_another_size_are_refused(make_estimate):
    with pytest.raises(ConventionError, match="64x48"):
        report_html(make_estimate(), [Frame(np.zeros((48, 64, 3), np.uint8), 0.0)], title="t")


def test_no_frames_to_show_is_refused(make_estimate, frames):
    with pytest.raises(SettingError, match="at least 1 frame"):
        report_html(make_estimate(), frames, title="t", most_frames=0)


def test_a_missing_plotly_names_the_line_that_installs_it(make_estimate, frames, monkeypatch):
    def fail(module, *, extra):
        raise MissingExtraError(f"pip install 'maquette[{extra}]'")

    monkeypatch.setattr(report, "optional_import", fail)
    with pytest.raises(MissingExtraError, match=r"maquette\[show\]"):
        report_html(make_estimate(), frames, title="t")


def test_joints_that_were_not_seen_are_marked_on_the_page_and_explained(make_estimate, frames):
    estimate = make_estimate()
    assert not any("not seen in the picture" in words for words in Page(report_html(estimate, frames, title="a")).words)
    wrist = estimate.poses.skeleton.index("l_wrist")
    is_observed = estimate.poses.mask.copy()
    is_observed[2, 0, wrist] = False
    estimate = replace(estimate, poses=replace(estimate.poses, is_observed=is_observed))
    page = Page(report_html(estimate, frames, title="b"))
    marks = {(kind, at): page.data["frames"][at][kind][0][wrist][3] for kind in ("flat", "space") for at in (1, 2)}
    assert marks == {("flat", 1): 1, ("space", 1): 1, ("flat", 2): 0, ("space", 2): 0}
    assert any("not seen in the picture, estimated" in words for words in page.words)


def test_who_is_doubtful_is_marked_on_the_page_and_explained(make_estimate, frames):
    estimate = make_estimate(persons=2)
    is_doubtful = np.zeros((4, 2), bool)
    is_doubtful[1, 0] = True
    page = Page(
        report_html(replace(estimate, poses=replace(estimate.poses, is_doubtful=is_doubtful)), frames, title="a")
    )
    assert [frame["doubtful"] for frame in page.data["frames"]] == is_doubtful.tolist()
    assert set(page.data["doubtful"]) == {"left", "right", "middle"}
    assert any("doubts the pose" in words for words in page.words)
    assert not any("doubts" in words for words in Page(report_html(estimate, frames, title="b")).words)


@pytest.mark.parametrize("name", ["page.html", "figure.html"])
def test_pages_are_as_wide_as_the_screen_and_what_is_wider_can_be_pushed(name):
    folder = files("maquette.show") / "page"
    text = (folder / name).read_text(encoding="utf-8")
    style = text + (folder / "page.css").read_text(encoding="utf-8") if name == "page.html" else text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert re.search(r"overflow(-x)?: auto", style) and "@media (max-width: 800px)" in style
    assert not re.search(r"[^-]width: [4-9][0-9]{2,}px", style)  # nothing but what scrolls is wider than a phone
