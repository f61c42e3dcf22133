"""Activities that run once for each item, where SpiffWorkflow only foresaw them as possible."""

from __future__ import annotations

import pytest

from tests.engine.diagrams import diagram, timer
from tests.engine.spiff.test_runner import END, START, Driven


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_each_item_is_asked_again_behind_a_boundary_event(sequential):
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>'
        '<bpmn:inputDataItem id="person"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    bundle = diagram(
        "again",
        {
            "Begin": START,
            "Prepare": ("scriptTask", "", "<bpmn:script>rounds = get('rounds', 0) + 1</bpmn:script>"),
            "Ask": ("userTask", "", loop),
            "Wait": ("userTask", "", ""),
            "Late": ("boundaryEvent", 'attachedToRef="Wait" cancelActivity="true"', timer("P1D")),
            "Done": END,
        },
        ["Begin -> Prepare", "Prepare -> Ask", "Ask -> Wait", "Wait -> Done", "Late -> Prepare"],
    )
    run = Driven(bundle, {"people": ["a", "b"]})
    for _ in range(3):
        run.do("Ask")
        run.do("Ask")
        assert run.open() == ["Wait"]
        run.wait(days=1)
    assert set(run.open()) == {"Ask"}
    assert run.run.open_tasks()[0].data["rounds"] == 4
