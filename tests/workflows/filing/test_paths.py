"""Filing through every path."""
def test_starts(case):
    case.close()
    assert case.incidents() == []
    assert case.open_tasks() == {"Task_Collect"}
