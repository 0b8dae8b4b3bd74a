/** XEP-0004: Data Forms, version 2.13.2, with the FORM_TYPE of XEP-0068, version 1.3.0. */
import { type Element, el } from '@parlour/xml'

export const DATA_FORM_NAMESPACE = 'jabber:x:data'

/** XEP-0004 §3.1. */
export type FormType = 'form' | 'submit' | 'cancel' | 'result'

/** XEP-0004 §3.3. */
export type FieldType =
  | 'boolean'
  | 'fixed'
  | 'hidden'
  | 'jid-multi'
  | 'jid-single'
  | 'list-multi'
  | 'list-single'
  | 'text-multi'
  | 'text-private'
  | 'text-single'

/** A field (XEP-0004 §3.2). What is not given is left out. */
export interface FormField {
  /** Its name; only `fixed` fields have none. */
  readonly name?: string
  readonly type?: FieldType
  readonly label?: string
  readonly description?: string
  readonly required?: boolean
  readonly values?: readonly string[]
  readonly options?: readonly { readonly label?: string; readonly value: string }[]
}

/** XEP-0004 §3. */
export interface DataForm {
  readonly type: FormType
  /** What the form is about (XEP-0068): the hidden field FORM_TYPE. */
  readonly formType?: string
  readonly title?: string
  readonly instructions?: readonly string[]
  /** Without FORM_TYPE. */
  readonly fields: readonly FormField[]
  /** The columns of a table, where {@link items} has its rows (XEP-0004 §3.4). */
  readonly reported?: readonly FormField[]
  readonly items?: readonly (readonly FormField[])[]
}

const FORM_TYPE = 'FORM_TYPE'
const NS = DATA_FORM_NAMESPACE
const FORM_TYPES: ReadonlySet<string> = new Set<FormType>(['form', 'submit', 'cancel', 'result'])
const FIELD_TYPES: ReadonlySet<string> = new Set<FieldType>([
  'boolean',
  'fixed',
  'hidden',
  'jid-multi',
  'jid-single',
  'list-multi',
  'list-single',
  'text-multi',
  'text-private',
  'text-single',
])

/** @example dataFormElement({ type: 'submit', fields: [{ name: 'password', values: ['secret'] }] }) */
export function dataFormElement(form: DataForm): Element {
  const hidden: FormField[] =
    form.formType === undefined ? [] : [{ name: FORM_TYPE, type: 'hidden', values: [form.formType] }]
  return el(
    'x',
    NS,
    { type: form.type },
    form.title !== undefined && el('title', NS, {}, form.title),
    ...(form.instructions ?? []).map((line) => el('instructions', NS, {}, line)),
    ...[...hidden, ...form.fields].map(fieldElement),
    form.reported && el('reported', NS, {}, ...form.reported.map(fieldElement)),
    ...(form.items ?? []).map((fields) => el('item', NS, {}, ...fields.map(fieldElement))),
  )
}

/** Reads `<x xmlns='jabber:x:data'/>`; a missing or unknown type counts as `submit` for fields with values. */
export function readDataForm(x: Element): DataForm {
  const all = x.childrenNamed('field').map(readField)
  const formType = all.find(({ name }) => name === FORM_TYPE)?.values?.[0]
  const type = x.attribute('type') ?? ''
  const title = x.childText('title')
  const instructions = x.childrenNamed('instructions').map((line) => line.text())
  const reported = x.child('reported')?.childrenNamed('field').map(readField)
  const items = x.childrenNamed('item').map((item) => item.childrenNamed('field').map(readField))
  return {
    type: FORM_TYPES.has(type) ? (type as FormType) : 'submit',
    fields: all.filter(({ name }) => name !== FORM_TYPE),
    ...(formType === undefined ? {} : { formType }),
    ...(title === undefined ? {} : { title }),
    ...(instructions.length === 0 ? {} : { instructions }),
    ...(reported === undefined ? {} : { reported }),
    ...(items.length === 0 ? {} : { items }),
  }
}

/** The first data form in an element, if there is one. */
export function findDataForm(parent: Element): DataForm | undefined {
  const x = parent.child('x', NS)
  return x && readDataForm(x)
}

/** The first value of a field; `undefined` without the field, or with a field that has no value. */
export function formValue(form: DataForm, name: string): string | undefined {
  return form.fields.find((field) => field.name === name)?.values?.[0]
}

/** All values of a field. */
export function formValues(form: DataForm, name: string): readonly string[] {
  return form.fields.find((field) => field.name === name)?.values ?? []
}

function fieldElement(field: FormField): Element {
  return el(
    'field',
    NS,
    { var: field.name, type: field.type, label: field.label },
    field.description !== undefined && el('desc', NS, {}, field.description),
    field.required && el('required', NS),
    ...(field.values ?? []).map((value) => el('value', NS, {}, value)),
    ...(field.options ?? []).map(({ label, value }) => el('option', NS, { label }, el('value', NS, {}, value))),
  )
}

function readField(field: Element): FormField {
  const { var: name, type, label } = field.attributes
  const description = field.childText('desc')
  const options = field.childrenNamed('option').map((option) => {
    const optionLabel = option.attribute('label')
    return { value: option.childText('value') ?? '', ...(optionLabel === undefined ? {} : { label: optionLabel }) }
  })
  return {
    values: field.childrenNamed('value').map((value) => value.text()),
    ...(name === undefined ? {} : { name }),
    ...(type !== undefined && FIELD_TYPES.has(type) ? { type: type as FieldType } : {}),
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...(field.child('required') ? { required: true } : {}),
    ...(options.length === 0 ? {} : { options }),
  }
}
