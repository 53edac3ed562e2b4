"""Animations show the run that they name, from its first to its last step."""

import itertools

import numpy as np
from made_up_runs import STEPS, marks_of, runs_of
from PIL import Image

from superposition.figures import animation

RED, GREEN = Image.new("RGB", (40, 30), "#ff0000"), Image.new("RGB", (40, 30), "#00a000")


def test_frames_are_recorded_steps_from_the_first_to_the_last():
    # log_spaced_steps(count=3, last=100) is 0, 1, 10, 100: all of them are recorded.
    assert animation.frame_steps(runs_of(), count=3) == STEPS.tolist()


def test_there_is_a_picture_for_each_step_and_it_changes_where_the_weights_do():
    # The weights change between steps 1 and 10 only; without the title and the mark, other pictures are alike.
    runs = runs_of()
    pictures = animation.frames(runs, STEPS.tolist(), marks_of(runs).recovered, n_initial=2, procedure="controlled")
    assert len(pictures) == 4
    assert len({picture.size for picture in pictures}) == 1
    left, top = pictures[0].width // 3, pictures[0].height // 4
    polygons = [np.asarray(picture.crop((0, top, left, picture.height))) for picture in pictures]
    changed = [bool((before != after).any()) for before, after in itertools.pairwise(polygons)]
    assert changed == [False, True, False]


def test_an_animation_of_runs_that_all_diverged_can_be_made():
    runs = runs_of(diverged=[1, 2, 3])
    pictures = animation.frames(runs, STEPS.tolist(), marks_of(runs).recovered, n_initial=2, procedure="controlled")
    assert np.isnan(runs.trajectory.W[0, -1]).all()
    assert (np.asarray(pictures[-1]) != np.asarray(pictures[-2])).any()


def test_a_gif_repeats_for_ever_holds_its_last_picture_and_has_a_white_background(tmp_path):
    # All colours of the animation are in its last picture, whose background is off by rounding.
    last = Image.new("RGB", (40, 30), "#fdfdfd")
    last.paste(RED.resize((5, 5)), (20, 20))
    last.paste(GREEN.resize((5, 5)), (30, 20))
    animation.save([RED, GREEN, last], tmp_path / "three.gif", seconds_per_frame=0.08)
    with Image.open(tmp_path / "three.gif") as gif:
        assert gif.n_frames == 3
        assert gif.info["loop"] == 0
        durations = []
        for frame in range(3):
            gif.seek(frame)
            durations.append(gif.info["duration"])
        assert gif.convert("RGB").getpixel((5, 5)) == (255, 255, 255)
    assert durations == [80, 80, 1000 * animation.HOLD]
