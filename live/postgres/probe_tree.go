package postgres

import (
	"regexp"
	"strconv"
)

// tree is what PostgreSQL's own form of a parsed statement refers to, by object identifiers.
type tree struct {
	relations []uint32 // that it names
	targets   []uint32 // those of them that it writes to
	functions []uint32 // that it calls
	clock     bool     // CURRENT_TIMESTAMP and its like, which are no functions
}

// A name in the text of a tree has its spaces escaped, so none can look like a field.
var (
	treeRelation = regexp.MustCompile(`:relid (\d+)(?: :inh \w+)? :relkind \S+(?: :inh \w+)?(?: :rellockmode (\d+))?`)
	treeFunction = regexp.MustCompile(`:(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)`)
	treeClock    = regexp.MustCompile(`\{SQLVALUEFUNCTION :op [0-8] `)
)

const (
	firstUserOID     = 16384
	rowExclusiveLock = "3" // what a statement takes on the table that it writes to
)

// parseTree reads a pg_node_tree: the body of a function, the rule of a view, the condition of a policy.
func parseTree(text string) (t tree) {
	for _, m := range treeRelation.FindAllStringSubmatch(text, -1) {
		oid := parseOID(m[1])
		t.relations = append(t.relations, oid)
		if m[2] == rowExclusiveLock {
			t.targets = append(t.targets, oid)
		}
	}
	for _, m := range treeFunction.FindAllStringSubmatch(text, -1) {
		if oid := parseOID(m[1]); oid != 0 {
			t.functions = append(t.functions, oid)
		}
	}
	t.clock = treeClock.MatchString(text)
	return t
}

func parseOID(digits string) uint32 {
	oid, _ := strconv.ParseUint(digits, 10, 32) // 0 for what is no identifier
	return uint32(oid)
}
