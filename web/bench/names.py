"""Names for the measurement of the conflict search: persons and firms as they are spread in China, and their variants.

Surnames have the shares that the Ministry of Public Security publishes (rounded); characters of given names, trade names and
lines of business fall off as a power of their rank, which is how such lists behave. Everything comes from one seeded source.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from workflows.records.identifiers import check_credit_code
from workflows.records.name_writing import read_rules

# Per mille of the population, the first hundred.
SHARES = (
    "王72 李71 张67 刘51 陈45 杨30 黄22 赵21 吴20 周19 徐17 孙15 马13 朱13 胡12 郭12 何12 林12 高10 罗10 郑9 梁9 谢8 宋8 唐7 许7 韩7 邓6 冯6 曹6 "
    "彭6 曾6 肖6 田5 董5 潘5 袁5 蔡5 蒋5 余5 于5 杜4 叶4 程4 魏4 苏4 吕4 丁4 任4 卢4 姚4 沈4 钟4 姜3 崔3 谭3 陆3 范3 汪3 廖3 石3 金3 韦3 贾3 夏3 付3 "
    "方3 邹3 熊2 白2 孟2 秦2 邱2 侯2 江2 尹2 薛2 闫2 段2 雷2 龙2 黎2 史2 陶2 贺2 毛2 郝2 顾2 龚2 邵2 万2 覃2 武2 钱2 戴2 严1 莫1 孔1 向1 常1 汤1"
)
GIVEN = (
    "小文国志明华海建伟玉春永平丽红金晓秀林军德成荣世俊云英生福兰梅东宏新光学家忠天庆立淑美清桂龙凤艳利宝兴玲祥芳义安胜辉长峰霞洪凯杰敏静燕强娟磊涛"
    "超鹏飞勇波斌鑫宇浩子佳雨思梓欣怡嘉诗涵轩泽晨博雅婷雪莹慧琳琴洁萍丹倩颖丽莉娜瑞雯梦瑶佩珍珠翠菊莲香云彩霞娥英贵富贤良善仁礼智信勤俭廉正大开元启振"
    "耀炳炎灿焕煜昊旭旺昌晟晖景晴暖曼晗昕晔星辰月朗明亮光宗祖继承绍延年寿康健泰和顺康乐喜悦欢庆吉祥瑞麟凤凰鸣鹤翔鹰雁燕雀松柏桐桦梧杨柳榕枫楠棠槐桃李杏梨"
    "兰菊荷莲蓉薇蔷芝芸芬芳茜茹莎菲萱蕾蕙蓓蓝绿青紫丹彤绯赤朱红玄墨素白银铁钢铜铭锋锐钧锦鉴钊钰鑫镇石岩岳峰岭峻嵩崇山川江河湖海洋波涛浪潮源泉溪润泽深渊涌淼清澄洁冰霜雪霖雷电风云霄虹霓"
    "天宇宙寰穹坤乾震坎离艮巽兑阳阴刚柔毅恒恩慈悲惠怀思念忆恋恬怡悦忻恺慎愿意心志忠恕诚谦谨诺诗词赋书画琴棋弦韵音曲歌舞艺文章墨砚笔纸剑武威震雄豪杰英俊才华彦儒哲睿慧聪敏颖悟"
    "一二三四五六七九十百千万亿双全中东西南北前后左右上下里外初始启元首冠甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
)
BRAND = (
    "华天金中新海鑫大宏恒兴盛东信达泰和安通泽瑞康永顺隆丰源德利嘉创联亿众诚宝福吉祥正大方圆万国汇融智慧云星辰光明阳晨曦旭日月升飞腾龙凤麒麟鹏翔鸿雁鹤翔"
    "博雅文华科锐捷迅驰航远景宇宙寰球环亚欧美亚太洋洲江河山川峰岭林森木森森茂源泉清澈蓝天绿地青禾禾田原野佳美优品尚雅致臻卓越超凡非凡力量动力源能易便捷快乐趣游悦享惠民生活家居安逸舒适"
    "铭记忆念思源根本元始初心诺言诚信义仁礼智勇毅坚强刚柔健壮伟业基石磐石岩石玉珠宝钻晶莹银铜铁钢合力同心共赢共创双赢三和四海五洲六合七彩八方九鼎百川千帆万象亿邦"
    "帝王皇冠尊贵豪富裕足盈余庆喜福禄寿康宁静谧雅韵律动感触觉醒悟道法自然生态环保绿色健康长青春夏秋冬梅兰竹菊松柏桃李杏樱花果蜜糖茶酒香味美食尚品居"
    "奥维迪纳威尔斯特克莱诺曼顿麦凯伦罗兰普菲洛卡赛伯格雷诗丹欧莎薇依"
)
LINES = (
    "科技 贸易 商贸 实业 网络科技 信息技术 文化传媒 建筑工程 企业管理咨询 电子商务 物流 投资管理 餐饮管理 房地产开发 装饰工程 电子科技 机械设备 供应链管理 广告传媒 教育咨询 生物科技 农业科技 "
    "医疗器械 环保科技 新能源 汽车销售 物业管理 人力资源 建材 服饰 食品 家具 五金 化工 进出口 国际贸易 置业 旅游 酒店管理 医药 智能科技 软件 工程技术 知识产权代理 健康管理 体育文化 珠宝 印刷 包装 租赁"
)
FORMS = (
    ("有限公司", 80),
    ("有限责任公司", 10),
    ("股份有限公司", 4),
    ("集团有限公司", 3),
    ("厂", 1),
    ("合伙企业（有限合伙）", 1),
    ("经营部", 1),
)
PINNED_CITIES = "北京 上海 深圳 广州 杭州 成都 重庆 武汉 苏州 南京 天津 西安 青岛 宁波 郑州 长沙 厦门 合肥 济南 福州 东莞 佛山 无锡 大连 沈阳 昆明"


@dataclass(frozen=True)
class Name:
    """A name with what it was made of."""

    name: str
    kind: str
    surname: str = ""
    region: str = ""
    stem: str = ""
    line: str = ""
    form: str = ""


class Source:
    """A seeded source of names."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - figures must be the same every time
        known, rare = read_surnames()
        self.surnames = [each[0] for each in known] + rare
        self.surname_weights = list(
            accumulate([each[1] for each in known] + [0.6 - 0.5 * i / len(rare) for i in range(len(rare))])
        )
        self.given, self.given_weights = ranked(GIVEN, 0.75)
        self.brand, self.brand_weights = ranked(BRAND, 0.6)
        self.lines = LINES.split()
        self.line_weights = list(accumulate(1 / (i + 2) ** 0.8 for i in range(len(self.lines))))
        parts = read_rules("name_parts")
        self.cities = [*PINNED_CITIES.split(), *parts["cities"].split()]
        self.city_weights = list(accumulate(1 / (i + 3) for i in range(len(self.cities))))

    def pick(self, items: list[str], cumulative: list[float]) -> str:
        """One of the items by weight."""
        return self.random.choices(items, cum_weights=cumulative)[0]

    def person(self) -> Name:
        """A person: one in six with a single given name."""
        surname = self.pick(self.surnames, self.surname_weights)
        given = self.pick(self.given, self.given_weights)
        if self.random.random() > 0.16:
            given += self.pick(self.given, self.given_weights)
        return Name(surname + given, "person", surname=surname)

    def firm(self) -> Name:
        """A firm: region, trade name of two to four characters, line, form."""
        draw = self.random.random()
        length = 2 if draw < 0.55 else 3 if draw < 0.85 else 4
        stem = "".join(self.pick(self.brand, self.brand_weights) for _ in range(length))
        region = self.pick(self.cities, self.city_weights)
        line = self.pick(self.lines, self.line_weights)
        form = self.random.choices([each[0] for each in FORMS], [each[1] for each in FORMS])[0]
        region += "市" if self.random.random() < 0.4 and region not in ("大兴安岭", "延边", "恩施") else ""
        if self.random.random() < 0.12:
            return Name(f"{stem}（{region.removesuffix('市')}）{line}{form}", "organisation", "", region, stem, line, form)
        return Name(region + stem + line + form, "organisation", "", region, stem, line, form)

    def id_number(self) -> str:
        """A right identity number."""
        numbers = self.random
        county = numbers.choice(["110101", "310104", "440305", "330106", "510104", "420106", "320508"])
        first = f"{county}{numbers.randint(1950, 2006)}"
        first += f"{numbers.randint(1, 12):02}{numbers.randint(1, 28):02}{numbers.randint(0, 999):03}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        rest = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
        return first + "10X98765432"[rest]

    def credit_code(self) -> str:
        """A right credit code."""
        letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        first = "91" + self.random.choice(["110105", "310115", "440300", "330100"])
        body = "".join(self.random.choice(letters) for _ in range(8))
        weights = (3, 7, 9, 10, 5, 8, 4, 2)
        full = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        check = (11 - sum(full.index(letter) * weight for letter, weight in zip(body, weights, strict=True)) % 11) % 11
        code = first + body + ("X" if check == 10 else str(check))
        return next(code + letter for letter in letters if check_credit_code(code + letter) is None)


@lru_cache(maxsize=1)
def read_surnames() -> tuple[list[tuple[str, float]], list[str]]:
    """The surnames with published shares, and the rarer ones."""
    known = [(each[0], float(each[1:])) for each in SHARES.split()]
    pack = read_rules("name_surnames")
    taken = {each[0] for each in known}
    rare = [each for each in dict.fromkeys("".join(pack["single"].split())) if each not in taken]
    return known, rare + pack["double"].split()[:20]


def ranked(letters: str, exponent: float) -> tuple[list[str], list[float]]:
    """Distinct characters with cumulative weights that fall off with their rank."""
    distinct = list(dict.fromkeys(letters))
    return distinct, list(accumulate(1 / (i + 8) ** exponent for i in range(len(distinct))))
