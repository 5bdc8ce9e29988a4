from PIL import Image

from pipeline.serving.chosen_model import load_exported_model
from pipeline.serving.classification import classify_files
from pipeline.serving.image_arguments import NamedFile
from pipeline.serving.labelled_images import Unclassified
from pipeline.serving.predictions import Prediction
from tests.support.odd_images import HARMLESS_FILES, ODD_FILES


def test_one_odd_file_ends_nothing(exported, tmp_path):
    for name, data in (ODD_FILES | HARMLESS_FILES).items():
        (tmp_path / name).write_bytes(data)
    Image.new("L", (28, 28)).save(tmp_path / "last.png")
    names = (*ODD_FILES, *HARMLESS_FILES, "last.png")
    files = [NamedFile(name, tmp_path / name) for name in names]
    model = load_exported_model(exported.folder)
    answers = [*classify_files(files, lambda: model)]
    odd, others = answers[: len(ODD_FILES)], answers[len(ODD_FILES) :]
    assert all(isinstance(each, Prediction) for each in others)
    assert [each.title for each in odd] == [*ODD_FILES]
    for each in odd:
        assert isinstance(each, Unclassified)
        assert "can't be decoded" in each.reason
