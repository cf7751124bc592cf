"""Categories: what required courses and documents are about, as headquarters sorts them.

Authors choose from them, and lists are sorted by them; a course may name another category.
The words are Chinese, as in packs.
"""

# What every office has to study.
REQUIRED: tuple[str, ...] = (
    "政治理论",
    "工商行政管理理论",
    "工商行政管理业务",
    "职业道德",
    "党风廉政建设",
)

# What courses are about besides.
SUBJECTS: tuple[str, ...] = (
    "宪法与行政法",
    "行政执法程序",
    "执法文书与案卷",
    "行政复议与诉讼",
    "登记注册",
    "企业信用监管",
    "个体私营经济",
    "市场规范管理",
    "合同监督管理",
    "商标监督管理",
    "广告监督管理",
    "反不正当竞争",
    "反垄断",
    "打击传销与直销监管",
    "网络交易监管",
    "消费者权益保护",
    "投诉举报处理",
    "食品生产经营监管",
    "药品与医疗器械监管",
    "化妆品监管",
    "产品质量监督",
    "计量",
    "标准化",
    "认证认可与检验检测",
    "特种设备安全",
    "价格监管",
    "农村市场与农资",
    "知识产权保护",
    "办案技能",
    "财务与统计",
    "公文写作",
    "信息化与办公软件",
    "应急处置",
    "安全生产",
    "心理与人文",
)

# The shelves of the library of documents.
LIBRARY: tuple[str, ...] = (
    "党的理论与党史",
    "宪法与行政法",
    "行政执法程序",
    "登记注册",
    "企业信用监管",
    "个体私营经济",
    "市场规范管理",
    "合同监督管理",
    "商标与广告",
    "反垄断与反不正当竞争",
    "网络交易监管",
    "消费者权益保护",
    "食品安全",
    "产品质量与计量",
    "特种设备安全",
    "案例与文书",
    "公文写作与办公",
    "心理与人文",
)
