// Chinese for what bpmn-js-i18n does not know: the properties panel and our own groups.
import community from 'bpmn-js-i18n/translations/zn.js';

const OWN = {
  General: '基本', Documentation: '说明', Name: '名称', ID: '标识', Executable: '可执行', Yes: '是',
  'Element documentation': '元素说明', 'Process documentation': '流程说明', 'Process ID': '流程标识', 'Process name': '流程名称',
  'Multi-instance': '多实例', 'Loop cardinality': '循环次数', 'Completion condition': '完成条件',
  Timer: '定时', Type: '类型', Value: '值', Message: '消息', 'Global message reference': '消息', Signal: '信号', Error: '错误', Escalation: '升级',
  'Open minimap': '缩略图', 'Close minimap': '收起', 'User task': '用户任务', 'User Task': '用户任务', 'Service task': '服务任务',
  'Script task': '脚本任务', 'Business rule task': '业务规则任务', 'Call activity': '调用活动', 'Sequence flow': '顺序流',
  'Start event': '开始事件', 'End event': '结束事件', 'Exclusive gateway': '排他网关', 'Parallel gateway': '并行网关',
  Collaboration: '协作', Process: '流程', Participant: '参与者', Lane: '泳道',
  'Toggle section': '展开或收起', 'Section contains edits': '有修改', 'Create new list item': '新增一项', 'Delete item': '删除此项',
  'Task for a person': '人员任务', Form: '表单', 'Assignee (expression)': '办理人（表达式）',
  'Empty: anybody in the lane’s role may claim it': '留空则由泳道角色认领', 'Role instead of the lane’s': '角色（覆盖泳道）',
  Due: '办理时限', '"2 WD", "4 h", "3 d" or an expression': '“2 WD”（工作日）、“4 h”、“3 d”，或表达式',
  'Approval gate': '审批关口', 'Four-eyes: not who did': '双人复核：不得由下列环节的办理人办理', 'Element ids, comma-separated': '元素标识，逗号分隔',
  'Excluded people (expression)': '回避人员（表达式）', 'First values from': '预填', Completion: '完成处理',
  'Entries copied to the process': '写入流程的字段', 'Form keys, comma-separated, when there is no completion': '无完成处理时生效；字段名以逗号分隔',
  'Evidence panels': '证据面板', 'Names, comma-separated': '名称，逗号分隔',
  'Automatic step': '自动服务', Handler: '处理程序', Parameters: '参数', 'Value (expression)': '值（表达式）',
  Script: '脚本', Decision: '决策', 'Decision table': '决策表', Call: '调用', 'Called process': '被调用流程',
  Condition: '流转条件', 'Condition (expression)': '条件（表达式）', 'Message content': '消息内容',
  'Correlation (expression)': '关联键（表达式）', 'Payload (expression)': '消息数据（表达式）', English: '英文', 'Name in English': '英文名称'
};

/** A translate service of bpmn-js for a language. */
export function translator(language) {
  const known = language === 'zh' ? { ...community, ...OWN } : {};
  const translate = (text, values = {}) => (known[text] ?? text).replace(/{([^}]+)}/g, (_, key) => values[key] ?? `{${key}}`);
  return { translate: ['value', translate] };
}
