// The entries of the properties panel. They stand at module level: a component made while drawing loses what is typed.
import { h } from '@bpmn-io/properties-panel/preact';
import { SelectEntry, TextAreaEntry, TextFieldEntry } from '@bpmn-io/properties-panel';
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { findExtension, readBody, readProperty, Writer } from './extensions.js';

function useTools(element, owner) {
  const bpmnFactory = useService('bpmnFactory');
  const commandStack = useService('commandStack');
  return {
    bpmnFactory,
    commandStack,
    debounce: useService('debounceInput'),
    translate: useService('translate'),
    modeling: useService('modeling'),
    writer: () => new Writer(element, owner, { bpmnFactory, commandStack })
  };
}

function withEmpty(options) {
  return [{ value: '', label: '—' }, ...options];
}

function common(props, tools) {
  const { element, id, label, description } = props;
  const translate = text => (text ? tools.translate(text) : undefined);
  return { element, id, label: translate(label), description: translate(description), debounce: tools.debounce };
}

/** A named property: a choice where there are options, a longer text where `rows` is given. */
export function PropertyEntry(props) {
  const { element, name, options, rows } = props;
  const owner = props.owner ?? getBusinessObject(element);
  const tools = useTools(element, owner);
  const entry = {
    ...common(props, tools),
    getValue: () => readProperty(owner, name),
    setValue: value => tools.writer().setProperty(name, value)
  };
  if (options) {
    const known = withEmpty(options);
    const value = readProperty(owner, name);
    const complete = known.some(each => each.value === value) ? known : [...known, { value, label: value }];
    return h(SelectEntry, { ...entry, getOptions: () => complete });
  }
  return rows ? h(TextAreaEntry, { ...entry, rows, monospace: true }) : h(TextFieldEntry, entry);
}

/** The text of an extension element of its own. */
export function BodyEntry(props) {
  const { element, type, options } = props;
  const owner = props.owner ?? getBusinessObject(element);
  const tools = useTools(element, owner);
  const entry = {
    ...common(props, tools),
    getValue: () => readBody(owner, type),
    setValue: value => tools.writer().setBody(type, value)
  };
  if (options) return h(SelectEntry, { ...entry, getOptions: () => withEmpty(options) });
  return h(TextAreaEntry, { ...entry, monospace: true, rows: 3 });
}

/** An attribute of the element itself. */
export function AttributeEntry(props) {
  const { element, name, options, extra } = props;
  const bo = getBusinessObject(element);
  const tools = useTools(element, bo);
  const entry = {
    ...common(props, tools),
    getValue: () => bo.get(name) ?? '',
    setValue: value => tools.modeling.updateProperties(element, { [name]: value || undefined, ...extra })
  };
  if (options) return h(SelectEntry, { ...entry, getOptions: () => withEmpty(options) });
  return h(TextAreaEntry, { ...entry, monospace: true, rows: 4 });
}

export function ConditionEntry(props) {
  const { element } = props;
  const bo = getBusinessObject(element);
  const tools = useTools(element, bo);
  const write = body => {
    const conditionExpression = body ? tools.bpmnFactory.create('bpmn:FormalExpression', { body }) : undefined;
    tools.modeling.updateProperties(element, { conditionExpression });
  };
  return h(TextFieldEntry, { ...common(props, tools), getValue: () => bo.conditionExpression?.body ?? '', setValue: write });
}

export function OperatorEntry(props) {
  const { element, operators } = props;
  const bo = getBusinessObject(element);
  const tools = useTools(element, bo);
  const id = () => findExtension(bo, 'ServiceTaskOperator')?.id ?? '';
  const known = operators.map(each => ({ value: each.id, label: each.label ? `${each.label} (${each.id})` : each.id }));
  const complete = !id() || known.some(each => each.value === id()) ? known : [...known, { value: id(), label: id() }];
  return h(SelectEntry, {
    ...common(props, tools),
    getValue: id,
    getOptions: () => withEmpty(complete),
    setValue: value => tools.writer().setOperator(operators.find(each => each.id === value))
  });
}

/** One attribute of a moddle element inside the extensions. */
export function PartEntry(props) {
  const { element, part, name } = props;
  const tools = useTools(element, getBusinessObject(element));
  return h(TextFieldEntry, {
    ...common(props, tools),
    getValue: () => part.get(name) ?? '',
    setValue: value => tools.writer().set(part, { [name]: value })
  });
}
