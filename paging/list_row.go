package paging

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// structOf is the struct that a type is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// embedding is an embedded struct, or T itself: where it is found in T, and the structs around it.
type embedding struct {
	index  []int
	around []reflect.Type
}

// readStruct finds the columns of one struct. Fields count by their columns: what Go calls ambiguous, two embedded structs
// that both have an ID, is none where the columns differ. The error continues a sentence that begins with T.
func (l *List[T]) readStruct(t reflect.Type, in embedding) error {
	if slices.Contains(in.around, t) {
		return nil // it embeds a pointer to itself
	}
	in.around = append(slices.Clone(in.around), t)
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clone(in.index), i)
		tag, tagged := f.Tag.Lookup("db")
		column, _, _ := strings.Cut(tag, ",")
		inner := structOf(f.Type)
		var err error
		switch {
		case column == "-":
		case f.Anonymous && inner != nil && column == "":
			err = l.readEmbedded(f, inner, embedding{f.Index, in.around})
		case tagged && f.IsExported():
			err = l.addField(f, column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readEmbedded finds the columns of an embedded struct, which something must be able to fill.
func (l *List[T]) readEmbedded(f reflect.StructField, inner reflect.Type, in embedding) error {
	before := len(l.columns)
	if err := l.readStruct(inner, in); err != nil {
		return err
	}
	if len(l.columns) > before && f.Type.Kind() == reflect.Pointer && !f.IsExported() {
		return fmt.Errorf("embeds %s, a pointer that nothing can fill as the type is not exported: embed %s itself, or export it", f.Type, inner)
	}
	return nil
}

// addField takes a field for a column. A field that Go hides gives way to the one of the same name in the struct around.
func (l *List[T]) addField(f reflect.StructField, column string) error {
	if column == "" || strings.TrimSpace(column) != column {
		return fmt.Errorf("has the field %s with the tag db:%q: want the name of a column, or -", f.Name, f.Tag.Get("db"))
	}
	if inner := structOf(f.Type); f.Anonymous && inner != nil && hasColumns(inner) {
		return fmt.Errorf("embeds %s with the tag db:%q, which is for a field that is a column: without the tag its fields are columns", f.Type, column)
	}
	placement, err := nullsOf(f)
	if err != nil {
		return err
	}
	before, twice := l.fields[column]
	switch hidden := twice && before.Name == f.Name && len(before.Index) != len(f.Index); {
	case twice && !hidden:
		return fmt.Errorf("has two fields of the column %s", column)
	case hidden && len(before.Index) < len(f.Index):
		return nil
	case !twice:
		l.columns = append(l.columns, column)
	}
	l.fields[column] = listField{f, column, placement}
	return nil
}

// hasColumns reports whether a struct has fields that are columns.
func hasColumns(t reflect.Type) bool {
	return slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		tag, tagged := f.Tag.Lookup("db")
		return tagged && tag != "-" && f.IsExported()
	})
}

// untagged continues the sentence that no field is the column of a key, where a field looks as if it was meant.
func untagged(t reflect.Type, key string) string {
	inner := structOf(t)
	if inner == nil {
		return fmt.Sprintf(": %s is neither a struct nor a pointer to one, so its columns are those that New gets", t)
	}
	column := key[strings.LastIndexByte(key, '.')+1:]
	for _, f := range reflect.VisibleFields(inner) {
		tag, tagged := f.Tag.Lookup("db")
		meant := strings.EqualFold(f.Name, strings.ReplaceAll(column, "_", ""))
		switch tag, _, _ := strings.Cut(tag, ","); {
		case tagged && !f.IsExported() && tag == column:
			return fmt.Sprintf(": its field %s has that tag, and must be exported", f.Name)
		case tagged && meant:
			return fmt.Sprintf(": its field %s has the tag db:%q", f.Name, tag)
		case meant && f.IsExported():
			return fmt.Sprintf(": give its field %s that tag", f.Name)
		}
	}
	return ""
}

// fieldIn is a field of a row that is to be filled. Pointers on the way to it are made.
func fieldIn(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.Kind() == reflect.Pointer && v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = reflect.Indirect(v).Field(i)
	}
	return v
}

// checkNoNil refuses rows that are nil, in which there is nothing to show or to compare.
func checkNoNil[T any](rows []T) error {
	if kind := reflect.TypeFor[T]().Kind(); kind != reflect.Pointer && kind != reflect.Interface {
		return nil
	}
	for i := range rows {
		if reflect.ValueOf(&rows[i]).Elem().IsNil() {
			return errors.New("paging: a row is nil: give the rows that the query found, and no others")
		}
	}
	return nil
}
