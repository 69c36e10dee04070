from hypothesis import given
from hypothesis import strategies as st

from windlass.conflicts import radar
from windlass.conflicts.radar import overlapping
from windlass.workspace import Author

WHO = Author("agent", "agent@localhost")


def tip(plant, main: str, **files: bytes) -> str:
    mirror = plant.site.mirror
    content = {e.path: next(iter(mirror.blobs([e.oid], 1 << 20)))[1] or b"" for e in mirror.files(main)}
    content |= {name.replace("_", "."): text for name, text in files.items()}
    return mirror.commit(mirror.write_tree(content), [main], "x", WHO, 1.0)


def test_two_that_change_the_same_line_are_predicted_to_collide(plant):
    main = plant.site.mirror.sync(plant.site.checkout)
    tips = {
        "t1": tip(plant, main, a_txt=b"ONE\ntwo\nthree\n"),
        "t2": tip(plant, main, a_txt=b"1\ntwo\nthree\n"),
        "t3": tip(plant, main, b_txt=b"alpha\nBETA\n"),
    }
    seen = radar(plant.site.mirror, tips, main)
    assert [(o.left, o.right, o.shared, o.conflicts) for o in seen.overlaps] == [
        ("t1", "t2", ("a.txt",), ("a.txt",))
    ]
    assert seen.conflicts == seen.overlaps


def test_what_is_left_out_is_counted(plant):
    main = plant.site.mirror.sync(plant.site.checkout)
    tips = {f"t{n}": tip(plant, main, a_txt=b"%d\n" % n) for n in range(4)}
    seen = radar(plant.site.mirror, tips, main, pairs_max=2)
    assert (len(seen.overlaps), seen.skipped) == (2, 4)


@given(st.dictionaries(st.text(max_size=3), st.frozensets(st.sampled_from("abcd"))))
def test_exactly_the_pairs_with_common_paths_are_looked_at(paths):
    pairs = {(left, right) for left, right, _ in overlapping(paths)}
    names = sorted(paths)
    wanted = {(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if paths[a] & paths[b]}
    assert pairs == wanted
