// Reading and writing the spiffworkflow: extension elements; one change is one step of undo.
const NS = 'spiffworkflow:';

const update = (element, moddleElement, properties) => ({
  cmd: 'element.updateModdleProperties',
  context: { element, moddleElement, properties }
});

function extensionsOf(owner) {
  return owner.extensionElements?.get('values') ?? [];
}

export function findExtension(owner, type) {
  return extensionsOf(owner).find(each => each.$type === NS + type);
}

/** Writes extensions of `owner`, the business object (or the message it refers to) of `element`. */
export class Writer {
  constructor(element, owner, { bpmnFactory, commandStack }) {
    Object.assign(this, { element, owner, bpmnFactory, commandStack, commands: [] });
  }

  run() {
    if (this.commands.length) this.commandStack.execute('properties-panel.multi-command-executor', this.commands);
  }

  create(type, properties, parent) {
    const made = this.bpmnFactory.create(NS + type, properties);
    if (parent) made.$parent = parent;
    return made;
  }

  box() {
    if (this.owner.extensionElements) return this.owner.extensionElements;
    const made = this.bpmnFactory.create('bpmn:ExtensionElements', { values: [] });
    made.$parent = this.owner;
    this.commands.push(update(this.element, this.owner, { extensionElements: made }));
    return made;
  }

  addExtension(child) {
    const box = this.box();
    child.$parent = box;
    this.commands.push(update(this.element, box, { values: [...box.get('values'), child] }));
  }

  removeExtension(child) {
    const box = this.owner.extensionElements;
    this.commands.push(update(this.element, box, { values: box.get('values').filter(each => each !== child) }));
  }

  /** The text of an element such as <spiffworkflow:preScript>; an empty text removes it. */
  setBody(type, value) {
    const found = findExtension(this.owner, type);
    if (!value && found) this.removeExtension(found);
    else if (value && found) this.commands.push(update(this.element, found, { value }));
    else if (value) this.addExtension(this.create(type, { value }));
    this.run();
  }

  /** A property of <spiffworkflow:properties>; an empty value removes it. */
  setProperty(name, value) {
    const list = findExtension(this.owner, 'Properties');
    const found = list?.properties?.find(each => each.name === name);
    if (found && value) this.commands.push(update(this.element, found, { value }));
    else if (found) {
      const rest = list.properties.filter(each => each !== found);
      if (rest.length) this.commands.push(update(this.element, list, { properties: rest }));
      else this.removeExtension(list);
    } else if (value && list) {
      const made = this.create('Property', { name, value }, list);
      this.commands.push(update(this.element, list, { properties: [...(list.properties ?? []), made] }));
    } else if (value) {
      const made = this.create('Properties', { properties: [] });
      made.properties = [this.create('Property', { name, value }, made)];
      this.addExtension(made);
    }
    this.run();
  }

  /** The handler of a service task with its parameters; values typed before are kept where the names agree. */
  setOperator(operator) {
    const found = findExtension(this.owner, 'ServiceTaskOperator');
    if (!operator) {
      if (found) this.removeExtension(found);
      this.run();
      return;
    }
    const before = new Map((found?.parameterList?.parameters ?? []).map(each => [each.id, each.value]));
    const list = this.create('Parameters', {});
    list.parameters = (operator.parameters ?? []).map(each => this.create(
      'Parameter', { id: each.id, type: each.type ?? 'any', value: before.get(each.id) ?? each.value ?? '' }, list
    ));
    if (found) {
      list.$parent = found;
      this.commands.push(update(this.element, found, { id: operator.id, parameterList: list }));
    } else {
      const made = this.create('ServiceTaskOperator', { id: operator.id, parameterList: list });
      list.$parent = made;
      this.addExtension(made);
    }
    this.run();
  }

  addParameter(operator) {
    let list = operator.parameterList;
    if (!list) {
      list = this.create('Parameters', { parameters: [] }, operator);
      this.commands.push(update(this.element, operator, { parameterList: list }));
    }
    const known = list.parameters ?? [];
    const made = this.create('Parameter', { id: `parameter_${known.length + 1}`, type: 'any', value: '' }, list);
    this.commands.push(update(this.element, list, { parameters: [...known, made] }));
    this.run();
  }

  removeParameter(parameter) {
    const list = parameter.$parent;
    this.commands.push(update(this.element, list, { parameters: list.parameters.filter(each => each !== parameter) }));
    this.run();
  }

  set(moddleElement, properties) {
    this.commands.push(update(this.element, moddleElement, properties));
    this.run();
  }
}

export function readBody(owner, type) {
  return findExtension(owner, type)?.value ?? '';
}

export function readProperty(owner, name) {
  return findExtension(owner, 'Properties')?.properties?.find(each => each.name === name)?.value ?? '';
}
