"""The processes that always run: started once, when their diagram is first deployed."""

from __future__ import annotations

from engine import SYSTEM, Engine, StartInstance, queries

STANDING = {
    "survey_review": "满意度季度分析会",
    "conflict_monitor": "每夜利益冲突监测",
    "fee_list_month": "每月费用清单",
    "list_import": "名单导入",
    "inventory": "档案年度盘点",
    "storage_check": "库房八防月检",
    "archive_statistics": "档案年度统计",
    "patrol_calendar": "完整性巡检日程",
    "archive_reports": "归档周报",
    "appraisal_year": "年度档案鉴定",
    "compliance_year": "年度合规日历",
}


def start_standing(engine: Engine) -> int:
    """Start the standing processes that are deployed and not running; returns how many were started."""
    with engine.reading() as session:
        running = {row.process_key for row, count in queries.list_definitions(session) if count}
        deployed = {row.process_key for row, _count in queries.list_definitions(session)}
    missing = [key for key in STANDING if key in deployed - running]
    for key in missing:
        engine.run(StartInstance(key, title=STANDING[key]), SYSTEM)
    return len(missing)
