"""Faults of SCORM packages and of zips; see ``content.model.faults.faults``."""

# code: (what is wrong, what to do next)
TEXTS: dict[str, tuple[str, str]] = {
    # a SCORM package
    "scorm-no-manifest": (
        "压缩包里没有 imsmanifest.xml，不是 SCORM 课件",
        "请在制作工具里重新导出 SCORM 1.2 或 SCORM 2004 的 zip，不要解开后再改动",
    ),
    "scorm-aicc": (
        "这是 AICC 课件，不是 SCORM",
        "请在制作工具里改选 SCORM 1.2 或 SCORM 2004 重新导出",
    ),
    "scorm-file-large": (
        "压缩包里的“%(path)s”超过 %(limit)s",
        "请压缩里面的视频后重新导出",
    ),
    "scorm-manifest-large": (
        "imsmanifest.xml 有 %(size)s，上限是 %(limit)s",
        "请检查课件是否完整，或拆成几个课件导出",
    ),
    "scorm-manifest-encoding": (
        "imsmanifest.xml 的文字编码认不出来",
        "请用编辑器另存为 UTF-8，或从制作工具重新导出",
    ),
    "scorm-manifest-xml": (
        "imsmanifest.xml 不是完整的 XML：%(detail)s",
        "文件可能是空的或被截断，请从制作工具重新导出",
    ),
    "scorm-manifest-entities": (
        "imsmanifest.xml 里定义了 XML 实体，可能是攻击",
        "请从制作工具重新导出；SCORM 课件用不着实体",
    ),
    "scorm-manifest-other": (
        "imsmanifest.xml 的内容是“%(name)s”，不是 SCORM 清单",
        "请从制作工具重新导出 SCORM 1.2 或 SCORM 2004",
    ),
    "scorm-nothing-to-open": (
        "课件清单里没有能打开的页面",
        "请检查导出时是否选全了内容，再重新导出",
    ),
    "scorm-no-resource": (
        "清单里的这一节指向资源“%(id)s”，但没有这个资源或它没有文件",
        "请在制作工具里补上这一节的内容，再重新导出",
    ),
    "scorm-file-missing": (
        "清单里的这一节要打开“%(path)s”，压缩包里没有这个文件",
        "请补上文件，或在制作工具里重新导出",
    ),
    "scorm-other-server": (
        "清单里的这一节要打开别的网站：%(address)s",
        "站点机断网也要能学，请把内容放进课件里再导出",
    ),
    "scorm-elsewhere": (
        "课件里有 %(count)s 个文件要从别的服务器取内容：%(servers)s",
        "站点机上这些内容显示不出来；如果课件用到了，请在制作工具里把图片、视频、字体和脚本放进课件，再重新导出",
    ),
    "scorm-prefix": (
        "imsmanifest.xml 用了没有声明的前缀“%(name)s”，已按通常的意思读",
        "不用改；如果课件的目录或顺序不对，请从制作工具重新导出",
    ),
    "scorm-cmi5": (
        "这是 cmi5 课件（包里有 cmi5.xml），站点机还放不了",
        "请在制作工具里改选 SCORM 1.2 或 SCORM 2004 重新导出",
    ),
    "scorm-xapi": (
        "这是 xAPI（Tin Can）课件（包里有 tincan.xml），站点机还放不了",
        "请在制作工具里改选 SCORM 1.2 或 SCORM 2004 重新导出",
    ),
    "scorm-query-long": (
        "清单里的这一节的参数超过 %(limit)s 个字符",
        "请缩短参数，再重新导出",
    ),
    "scorm-too-many": ("课件有 %(limit)s 节以上", "请拆成几个课件导出"),
    "scorm-too-deep": ("课件目录超过 %(limit)s 层", "请把目录合并得浅一些，再重新导出"),
    # a zip of a course folder
    "zip-not-zip": ("这个文件不是完整的 zip 压缩包", "请重新压缩后再上传；RAR 和 7z 请改成 zip"),
    "zip-encrypted": ("压缩包里的“%(path)s”加了密码", "请不加密码重新压缩"),
    "zip-method": (
        "压缩包里的“%(path)s”用了不常见的压缩方法",
        "请用系统自带的压缩功能重新压缩",
    ),
    "zip-too-many": ("压缩包里有 %(count)s 个文件，上限是 %(limit)s 个", "请只压缩课程文件夹本身"),
    "zip-too-large": (
        "压缩包解开后超过 %(limit)s",
        "请压缩视频，或把课程拆成几门",
    ),
    "zip-bomb": (
        "压缩包里的“%(path)s”解开后膨胀了上百倍，可疑",
        "请检查这个文件，确认无误后直接用文件夹发布",
    ),
    "zip-damaged": ("压缩包里的“%(path)s”损坏了", "请重新压缩后再上传"),
    "zip-no-name": (
        "压缩包里第 %(place)s 个文件没有名字",
        "请用系统自带的压缩功能重新压缩",
    ),
    "zip-name-twice": ("压缩包里有两个“%(path)s”", "请重新压缩课程文件夹"),
    "zip-no-course": (
        "压缩包里没有 course.toml",
        "请压缩课程文件夹本身：course.toml 应在最外层，或在唯一的一个文件夹里",
    ),
}
