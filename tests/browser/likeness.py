"""Whether a photograph of a letter is like its reference: strict about blocks and colours, blind to smoothed edges.

Both are reduced photographs (`photographs.reduced`): a pixel is the mean of 4 × 4, so that the edge of a letter weighs
little. They are blurred, then held against each other square by square; the square may stand a little higher or lower
than in the reference, because a line that breaks elsewhere, or a rule of another height, moves everything below it.
"""

from PIL import Image, ImageChops, ImageFilter, ImageStat

#: A photograph may be this much taller or shorter than its reference, in parts of its height: less than a block.
HEIGHT = 0.005
#: Mean difference allowed over the whole letter, of 255.
MEAN = 2.0
#: Mean difference allowed in one square, of 255: a wrong colour or missing words are more.
SQUARE = 8.0
#: Mean difference of a band below which it stands where the band above it made one expect it.
_ALIKE = 1.0
#: Side of a square and farthest shift, in pixels of a reference (four of the letter's).
_SIDE = 24
_SHIFT = 8
_BLUR = ImageFilter.BoxBlur(1.5)


def differences(taken: Image.Image, reference: Image.Image) -> list[str]:
    """What a person would call different, one line each; nothing when the two are alike. Both in RGB, reduced."""
    if taken.width != reference.width:
        return [f"{taken.width} pixels wide instead of {reference.width}: it scrolls sideways"]
    if abs(taken.height - reference.height) > HEIGHT * reference.height:
        return [f"{taken.height} pixels high instead of {reference.height}"]
    seen, wanted = taken.filter(_BLUR), reference.filter(_BLUR)
    squares = _squares(seen, wanted)
    mean = sum(squares.values()) / len(squares)
    found = [f"{mean:.1f} from the reference in the mean, {MEAN} allowed"] if mean > MEAN else []
    return found + [f"{squares[at]:.0f} from the reference at {at}" for at in squares if squares[at] > SQUARE]


def _squares(seen: Image.Image, wanted: Image.Image) -> dict[tuple[int, int], float]:
    """Left and top corner of each square → how far it is from the reference."""
    squares, drift = {}, 0
    for top in range(0, wanted.height, _SIDE):
        drift = _drift(seen, wanted, top, drift)
        for left in range(0, wanted.width, _SIDE):
            squares[left, top] = _difference(seen, wanted, (left, top), drift)
    return squares


def _drift(seen: Image.Image, wanted: Image.Image, top: int, before: int) -> int:
    """How much lower the band at `top` stands in the photograph: near where the band above it stood."""
    if _band_difference(seen, wanted, top, before) < _ALIKE:
        return before
    shifts = sorted(range(before - _SHIFT, before + _SHIFT + 1), key=lambda shift: abs(shift - before))
    return min(shifts, key=lambda shift: _band_difference(seen, wanted, top, shift))


def _band_difference(seen: Image.Image, wanted: Image.Image, top: int, shift: int) -> float:
    bottom = min(top + _SIDE, wanted.height)
    if top + shift < 0 or bottom + shift > seen.height:
        return 256.0
    band = wanted.crop((0, top, wanted.width, bottom))
    return _mean(ImageChops.difference(seen.crop((0, top + shift, seen.width, bottom + shift)), band))


def _difference(seen: Image.Image, wanted: Image.Image, corner: tuple[int, int], drift: int) -> float:
    left, top = corner
    right, bottom = min(left + _SIDE, wanted.width), min(top + _SIDE, wanted.height)
    square = wanted.crop((left, top, right, bottom))
    return _mean(ImageChops.difference(seen.crop((left, top + drift, right, bottom + drift)), square))


def _mean(picture: Image.Image) -> float:
    return sum(ImageStat.Stat(picture).mean) / 3
