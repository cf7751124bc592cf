"""What may be wrong with a table, its sheets and cells (SPEC.md §9.7); part of ``faults``."""

# The value that says how many rows one fault stands for, and how often one remark was made.
COUNT, TIMES = "unread", "times"
REPEATED = "（共 %(times)s 处，这是第一处）"

# code: (what is wrong, what to do next). "note-…" are remarks on what came in.
TEXTS: dict[str, tuple[str, str]] = {
    # the file
    "bank-workbook": ("表格文件打不开，可能损坏了", "请用表格软件打开，另存为 xlsx"),
    "bank-sheet-area": (
        "工作表里第一格到最后一格之间超过 %(limit)s 百万格",
        "请删去远处的多余单元格，只留有内容的",
    ),
    "table-locked": (
        "表格文件加了密码",
        "请用表格软件打开，在“文件”“信息”“保护工作簿”里去掉打开密码，再保存、上传",
    ),
    "table-quotes": (
        "从这一行起引号不成对：%(detail)s",
        "请用表格软件打开，另存为 xlsx；或改正这一行的引号",
    ),
    # sheets
    "sheet-columns": ("找不到题干这一列", "请在列名对应里选定题干和答案各是哪一列"),
    "sheet-unread": (
        "工作表“%(name)s”没有读：里面找不到题干这一列，有 %(unread)s 行",
        "其中如有题目，请在题目上面补上列名一行；没有就不用管",
    ),
    # cells
    "cell-digits": (
        "%(cell)s 格的数太长，后面几位已经丢了，只剩 %(value)s",
        "请把这一格设成文本，再照原件填一遍",
    ),
    "cell-error": ("%(cell)s 格里是错误值 %(value)s", "请改正公式，或填上值"),
    "cell-formula": (
        "%(cell)s 格的公式还没有算出结果",
        "请用表格软件打开，保存一次再上传",
    ),
    "cell-format": (
        "%(cell)s 格的显示格式“%(format)s”这里不认识，不知道它显示成什么",
        "请把这一格设成文本，照显示的样子填一遍",
    ),
    "cell-hashes": (
        "%(cell)s 格显示为 ####：%(value)s 不是日期",
        "请改正这一格的值或格式",
    ),
    # remarks
    "note-sheet": (
        "工作表“%(name)s”是说明或隐藏的表，没有读，有 %(rows)s 行",
        "不用管；其中如有题目，请改表名或取消隐藏",
    ),
    "note-hidden-rows": (
        "有 %(rows)s 行被筛选或隐藏了，也读了",
        "不要的请从表里删去，再导入一次",
    ),
    "note-hidden-columns": (
        "%(names)s 是隐藏的列，也读了",
        "不要的请从表里删去，再导入一次",
    ),
}  # fmt: skip
