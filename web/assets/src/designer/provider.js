// Our groups of the properties panel: what the engine reads of a diagram (docs/architecture.md, “Properties in a diagram”).
import { isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited, ListGroup } from '@bpmn-io/properties-panel';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { AttributeEntry, BodyEntry, ConditionEntry, OperatorEntry, PartEntry, PropertyEntry } from './entries.js';
import { findExtension, Writer } from './extensions.js';

const YES = [{ value: 'true', label: 'Yes' }];

function property(name, label, more = {}) {
  const isEdited = more.options ? isSelectEntryEdited : more.rows ? isTextAreaEntryEdited : isTextFieldEntryEdited;
  return { id: `jz-${name}`, component: PropertyEntry, name, label, isEdited, ...more };
}

function userTask(catalogue) {
  return [
    property('form', 'Form', { options: catalogue.forms }),
    property('assignee', 'Assignee (expression)', { description: 'Empty: anybody in the lane’s role may claim it' }),
    property('role', 'Role instead of the lane’s', { options: catalogue.roles }),
    property('due', 'Due', { description: '"2 WD", "4 h", "3 d" or an expression' }),
    property('gate', 'Approval gate', { options: YES }),
    property('not_same_as', 'Four-eyes: not who did', { description: 'Element ids, comma-separated' }),
    property('excluded', 'Excluded people (expression)'),
    property('prefill', 'First values from', { options: catalogue.prefills }),
    property('complete', 'Completion', { options: catalogue.completions }),
    property('variables', 'Entries copied to the process', { description: 'Form keys, comma-separated, when there is no completion' }),
    property('panels', 'Evidence panels', { description: 'Names, comma-separated' })
  ];
}

function serviceTask(element, catalogue, injector) {
  const operator = findExtension(getBusinessObject(element), 'ServiceTaskOperator');
  const groups = [{
    id: 'jz-service',
    label: 'Automatic step',
    entries: [{ id: 'jz-operator', component: OperatorEntry, label: 'Handler', operators: catalogue.operators, isEdited: isSelectEntryEdited }]
  }];
  if (operator) groups.push(parameters(element, operator, injector));
  return groups;
}

function parameters(element, operator, injector) {
  const writer = () => new Writer(element, getBusinessObject(element), {
    bpmnFactory: injector.get('bpmnFactory'), commandStack: injector.get('commandStack')
  });
  const items = (operator.parameterList?.parameters ?? []).map((part, index) => ({
    id: `jz-parameter-${index}`,
    label: part.id,
    remove: () => writer().removeParameter(part),
    entries: [
      { id: `jz-parameter-${index}-id`, component: PartEntry, part, name: 'id', label: 'Name', isEdited: isTextFieldEntryEdited },
      { id: `jz-parameter-${index}-value`, component: PartEntry, part, name: 'value', label: 'Value (expression)', isEdited: isTextFieldEntryEdited }
    ]
  }));
  return { id: 'jz-parameters', label: 'Parameters', component: ListGroup, items, add: () => writer().addParameter(operator) };
}

function messageOf(element) {
  const bo = getBusinessObject(element);
  return bo.messageRef ?? bo.eventDefinitions?.find(each => is(each, 'bpmn:MessageEventDefinition'))?.messageRef;
}

function message(owner) {
  return [
    property('correlation', 'Correlation (expression)', { owner }),
    { id: 'jz-payload', component: BodyEntry, owner, type: 'MessagePayload', label: 'Payload (expression)', isEdited: isTextAreaEntryEdited }
  ];
}

/** The groups of one element in the order in which they are shown. */
function groupsOf(element, catalogue, injector) {
  const found = [];
  const add = (id, label, entries) => found.push({ id: `jz-${id}`, label, entries });
  if (isAny(element, ['bpmn:UserTask', 'bpmn:ManualTask'])) add('task', 'Task for a person', userTask(catalogue));
  if (is(element, 'bpmn:ServiceTask')) found.push(...serviceTask(element, catalogue, injector));
  if (is(element, 'bpmn:ScriptTask')) {
    const script = { id: 'jz-script', component: AttributeEntry, name: 'script', label: 'Script', extra: { scriptFormat: 'python' }, isEdited: isTextAreaEntryEdited };
    add('scripting', 'Script', [script]);
  }
  if (is(element, 'bpmn:BusinessRuleTask')) {
    const decision = { id: 'jz-decision', component: BodyEntry, type: 'CalledDecisionId', label: 'Decision table', options: catalogue.decisions, isEdited: isSelectEntryEdited };
    add('decision-group', 'Decision', [decision]);
  }
  if (is(element, 'bpmn:CallActivity')) {
    const called = { id: 'jz-called', component: AttributeEntry, name: 'calledElement', label: 'Called process', options: catalogue.processes, isEdited: isSelectEntryEdited };
    add('call', 'Call', [called]);
  }
  if (is(element, 'bpmn:SequenceFlow') && isAny(element.source, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'])) {
    const condition = { id: 'jz-condition', component: ConditionEntry, label: 'Condition (expression)', isEdited: isTextFieldEntryEdited };
    add('flow', 'Condition', [condition]);
  }
  const owner = messageOf(element);
  if (owner) add('message', 'Message content', message(owner));
  if (isAny(element, ['bpmn:FlowNode', 'bpmn:Participant', 'bpmn:Process', 'bpmn:Lane'])) {
    add('english', 'English', [property('name_en', 'Name in English')]);
  }
  return found;
}

export default class HouseProvider {
  constructor(propertiesPanel, injector, translate) {
    this.catalogue = injector.get('config.catalogue', false);
    this.injector = injector;
    this.translate = translate;
    propertiesPanel.registerProvider(400, this);
  }

  getGroups(element) {
    return groups => {
      const ours = groupsOf(element, this.catalogue, this.injector);
      return [...groups, ...ours.map(group => ({ ...group, label: this.translate(group.label) }))];
    };
  }
}
HouseProvider.$inject = ['propertiesPanel', 'injector', 'translate'];

export const HouseModule = { __init__: ['houseProvider'], houseProvider: ['type', HouseProvider] };
