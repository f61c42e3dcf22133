"""Names made by hand after the ways in which real ones are built and miswritten; nothing of the measurement's generator is in them."""

from __future__ import annotations

import pytest

from tests.workflows.conflict_register.conftest import bring_in, search, subject

FIRMS = """
江苏新河湾建设工程有限公司: 新河湾建设|新河湾|新河弯建设工程公司|江苏新河湾建设有限公司|江苏省新河湾建设工程有限责任公司|新何湾建设工程有限公司
北京市海棠树幼儿园: 海棠树幼儿园|北京海棠树幼儿园|海堂树幼儿园|海棠幼儿园
临江市第三人民医院: 临江第三人民医院|临江市第三医院|临江市第三人民医院（新院区）
云岭山泉食品（昆明）股份有限公司: 云岭山泉|云岭山泉食品|昆明云岭山泉食品股份有限公司|云领山泉食品|雲嶺山泉食品（昆明）股份有限公司|云岭山泉食品(昆明)股份公司
深圳市蓝鲸灯塔科技有限公司: 蓝鲸灯塔|蓝鲸灯塔科技|深圳蓝鲸灯塔|篮鲸灯塔科技有限公司|蓝鲸灯塔网络科技有限公司|LJDTKJ|lanjing dengta
青石桥村村民委员会: 青石桥村委会|青石桥村村委会|青石桥村民委员会
北山区老邱头牛肉面馆: 老邱头牛肉面|老邱头牛肉面馆|老丘头牛肉面馆
中国南方渔业银行股份有限公司临海支行: 南方渔业银行|中国南方渔业银行|南方渔业银行临海支行|中国南方鱼业银行临海支行
上海市松鹤亭律师事务所: 松鹤亭|松鹤亭律师事务所|松鹤亭律所|松鹤停律师事务所
宏图伟业房地产开发集团有限公司: 宏图伟业|宏图伟业地产|宏图伟业集团|宏图伟业房地产|红图伟业房地产开发有限公司|宏图维业房地产开发集团有限公司
广州市天河区鑫源五金店: 鑫源五金|鑫源五金店|天河鑫源五金店|鑫原五金店
内蒙古白云羊绒制品有限责任公司: 白云羊绒|白云羊绒制品|内蒙古白云羊绒|白云羊戎制品有限公司
常州博远轴承有限公司: 博远轴承|常州博远|博园轴承|常洲博远轴承有限公司|博远轴成有限公司|常州市博远轴承有限公司
杭州半亩花田文化创意有限公司: 半亩花田|半亩花田文化|半亩花园文化创意有限公司|杭州半畝花田文化創意有限公司|杭州半亩花文化创意有限公司
中铁第二十九工程局集团有限公司: 中铁第二十九工程局|中铁第29工程局集团有限公司
深圳前湾众和股权投资合伙企业（有限合伙）: 前湾众和|前湾众和股权投资合伙企业|前湾众合股权投资合伙企业（有限合伙）
Harbour Lantern Trading (Hong Kong) Limited: Harbour Lantern|Harbor Lantern Trading|Harbour Lantern Trading HK Ltd|Lantern Harbour Trading Limited|Harbour Lantren Trading Limited
Nordwind Maschinenbau GmbH: Nordwind|Nordwind Maschinenbau|Nordwind Machinenbau GmbH|NORDWIND MASCHINENBAU
"""
PERSONS = """
司马南星: 司馬南星|司马南新|南星司马|司马星南|Sima Nanxing|Nanxing Sima|司马南|司馬 南星
顾言蹊: 顾言溪|顾严蹊|Gu Yanxi|Yanxi GU|顾言|gu4yan2xi1|顾蹊言|颜言蹊
阿依古丽·买买提: 阿依古丽买买提|阿衣古丽·买买提|阿依古丽.买买提|阿依古丽
令狐清越: 令狐青越|Linghu Qingyue|令弧清越|令狐清月|令狐越
瞿安澜: 翟安澜|瞿安兰|qu anlan|瞿岸澜|瞿澜安|瞿安
仇鹤鸣: Qiu Heming|Chou Heming|仇贺鸣|仇鹤呜|秋鹤鸣
尉迟拓: 尉迟托|Yuchi Tuo|尉遲拓|尉迟柘
褚砚青: 诸砚青|褚研青|褚砚清|褚青砚|Chu Y.Q.|chuyanqing
Alexander Whitfield: Alexandre Whitfield|Whitfield, Alexander|ALEXANDER WHITEFIELD|Alexander Whitfeild
"""
STRANGERS = """
浙江晨光电缆有限公司|北京九歌餐饮管理有限公司|成都川味坊火锅店|大连海韵物流有限公司|沈阳机床配件厂|武汉楚天激光设备有限公司|西安古城旅行社有限公司
河北燕赵钢管有限公司|厦门鹭岛水产有限公司|福建闽茶集团有限公司|重庆山城摩托销售部|南宁绿城物业服务有限公司|长沙橘洲酒店管理有限公司|临江市图书馆
上海市长风律师事务所|青岛啤酒花种植合作社|Blue Meadow Partners LLP|Kestrel Shipping Pte Ltd|陈思齐|林晚照|高子衿|欧阳修远|李望舒|周北辰|郑板桥|Maria Fernandez|吐尔逊·阿不都|许知远航
"""


def read(text: str) -> dict[str, list[str]]:
    lines = [line.rpartition(": ") for line in text.strip().splitlines()]
    return {name: variants.split("|") for name, _, variants in lines}


@pytest.fixture
def made(firm):
    """An engine whose register holds the names above."""
    bring_in(firm, [subject("organisation", name) for name in read(FIRMS)] + [subject("person", name) for name in read(PERSONS)])
    return firm


def test_every_way_of_writing_them_is_for_review_at_least(made):
    missed = []
    for name, variants in (read(FIRMS) | read(PERSONS)).items():
        for asked in (name, *variants):
            if not any(match.name == name and match.match_class != "info" for match in search(made, asked).matches):
                missed.append(f"{asked} -> {name}")
    assert missed == []


def test_strangers_find_next_to_nothing(made):
    strangers = [name for line in STRANGERS.strip().splitlines() for name in line.split("|")]
    hits = {name: [match.name for match in search(made, name).matches if match.match_class != "info"] for name in strangers}
    assert {name: found for name, found in hits.items() if found} == {}
