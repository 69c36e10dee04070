"""What a site knows of its repository."""


def test_work_starts_from_what_the_mirror_has_of_main(place) -> None:
    assert place.site.main_ref == "refs/windlass/user/heads/main"
