from components.served_model.model_lineage import LINEAGE_FILE, ModelLineage

LINEAGE = ModelLineage(
    pipeline="fashion_mnist",
    run_id="1",
    model_uri="artifacts/Trainer/model/1",
    examples_uri="artifacts/ImageExampleGen/examples/1",
    dataset="fashion_mnist:3.0.1",
    code_digest="0",
)


def test_what_is_written_is_read(tmp_path):
    LINEAGE.write(str(tmp_path))
    assert ModelLineage.read(str(tmp_path)) == LINEAGE


def test_a_model_without_lineage_or_with_anothers_has_none(tmp_path):
    assert ModelLineage.read(str(tmp_path)) is None
    (tmp_path / LINEAGE_FILE).parent.mkdir()
    (tmp_path / LINEAGE_FILE).write_text('{"author": "somebody"}')
    assert ModelLineage.read(str(tmp_path)) is None
