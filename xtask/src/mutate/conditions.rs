//! The conditions of the rules in a source file: what an `if`, a guard, a filter or a comparison decides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprMethodCall, ImplItemFn, Item, ItemFn, ReturnType, Stmt, Type};

/// A condition, and the rules that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// Ids of the rules.
    pub(super) rules: BTreeSet<String>,
    /// Bytes of the file.
    pub(super) range: Range<usize>,
    /// Its line, from 1.
    pub(super) line: usize,
}

/// Calls whose argument is a closure that decides.
const DECIDE: &[&str] = &[
    "filter",
    "any",
    "all",
    "is_some_and",
    "is_none_or",
    "is_ok_and",
    "retain",
    "take_while",
    "skip_while",
    "find",
    "position",
    "partition",
];

/// The conditions of all rules of a file, in order; none where it declares no rule.
///
/// In a file with one rule every condition is the rule's. In one with several, a function belongs to the rules whose
/// `RuleMeta` it names, and to those of the functions that name it.
pub(super) fn conditions(text: &str) -> syn::Result<Vec<Condition>> {
    let file = syn::parse_file(text)?;
    let rules = rules(&file);
    let owners = owners(&file, &rules);
    let mut finder = Finder { owners: &owners, rules: BTreeSet::new(), found: BTreeMap::new() };
    for item in file.items.iter().filter(|it| !is_test(it)) {
        finder.visit_item(item);
    }
    Ok(finder.found.into_values().collect())
}

/// The rules that a file declares: name of the static, id.
fn rules(file: &syn::File) -> BTreeMap<String, String> {
    let mut rules = BTreeMap::new();
    for item in &file.items {
        let Item::Static(item) = item else { continue };
        let Expr::Struct(value) = &*item.expr else { continue };
        let id =
            value.fields.iter().find(|it| matches!(&it.member, syn::Member::Named(name) if name == "id"));
        if let Some(Expr::Lit(literal)) = id.map(|it| &it.expr)
            && let syn::Lit::Str(id) = &literal.lit
        {
            rules.insert(item.ident.to_string(), id.value());
        }
    }
    rules
}

fn is_test(item: &Item) -> bool {
    matches!(item, Item::Mod(_) | Item::Static(_) | Item::Const(_))
}

/// The rules of each function of a file.
fn owners(file: &syn::File, rules: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut functions = Functions::default();
    functions.visit_file(file);
    let named = |words: &BTreeSet<String>| -> BTreeSet<String> {
        if rules.len() == 1 {
            return rules.values().cloned().collect();
        }
        words.iter().filter_map(|word| rules.get(word).cloned()).collect()
    };
    let mut owners: BTreeMap<_, _> =
        functions.words.iter().map(|(name, words)| (name.clone(), named(words))).collect();
    // Each round hands rules on from functions to those that they name, until nothing is new.
    loop {
        let before = owners.clone();
        for (name, words) in &functions.words {
            let rules = before.get(name).cloned().unwrap_or_default();
            for called in words.iter().filter(|it| *it != name) {
                if let Some(owned) = owners.get_mut(called) {
                    owned.extend(rules.iter().cloned());
                }
            }
        }
        if owners == before {
            return owners;
        }
    }
}

/// The words of each function, by its name.
#[derive(Default)]
struct Functions {
    words: BTreeMap<String, BTreeSet<String>>,
}

impl Functions {
    fn add(&mut self, name: &syn::Ident, block: &syn::Block) {
        let mut words = Words::default();
        words.visit_block(block);
        self.words.entry(name.to_string()).or_default().extend(words.0);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add(&item.sig.ident, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(&item.sig.ident, &item.block);
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}

#[derive(Default)]
struct Words(BTreeSet<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0.insert(ident.to_string());
    }
}

struct Finder<'r> {
    owners: &'r BTreeMap<String, BTreeSet<String>>,
    /// Those of the function that is looked at.
    rules: BTreeSet<String>,
    /// By place, so that nothing is found twice.
    found: BTreeMap<(usize, usize), Condition>,
}

impl Finder<'_> {
    /// Looks at a function as a part of its rules.
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if signature.constness.is_some() {
            return;
        }
        self.rules = self.owners.get(&signature.ident.to_string()).cloned().unwrap_or_default();
        let kind = match &signature.output {
            ReturnType::Type(_, kind) => Some(&**kind),
            ReturnType::Default => None,
        };
        let decides = matches!(kind, Some(Type::Path(path)) if path.path.is_ident("bool"));
        if let Some(Stmt::Expr(last, None)) = block.stmts.last()
            && decides
        {
            self.decision(last);
        }
        visit::visit_block(self, block);
    }

    /// An expression that is true or false: it, and what it is made of.
    fn decision(&mut self, expr: &Expr) {
        match expr {
            Expr::Let(_) => {}
            Expr::Paren(inner) => self.decision(&inner.expr),
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) => self.decision(&unary.expr),
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                self.decision(&binary.left);
                self.decision(&binary.right);
            }
            Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Return(_) | Expr::Lit(_) => {}
            other => self.add(other),
        }
    }

    fn add(&mut self, condition: &impl Spanned) {
        if self.rules.is_empty() {
            return;
        }
        let span = condition.span();
        let range = span.byte_range();
        let condition =
            Condition { rules: self.rules.clone(), line: span.start().line, range: range.clone() };
        self.found.insert((range.start, range.end), condition);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.decision(&expr.cond);
        visit::visit_expr_if(self, expr);
    }

    fn visit_pat_guard(&mut self, pattern: &'ast syn::PatGuard) {
        self.decision(&pattern.guard);
        visit::visit_pat_guard(self, pattern);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        use syn::BinOp::{Eq, Ge, Gt, Le, Lt, Ne};
        if matches!(expr.op, Eq(_) | Ge(_) | Gt(_) | Le(_) | Lt(_) | Ne(_)) {
            self.add(expr);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if DECIDE.iter().any(|name| call.method == name) {
            for argument in &call.args {
                if let Expr::Closure(ExprClosure { body, .. }) = argument {
                    let last = match &**body {
                        Expr::Block(block) => match block.block.stmts.last() {
                            Some(Stmt::Expr(last, None)) => Some(last),
                            _ => None,
                        },
                        other => Some(other),
                    };
                    last.into_iter().for_each(|it| self.decision(it));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "static META: RuleMeta = RuleMeta { id: \"a/b\", severity: High };\n";

    fn found(body: &str) -> Vec<(String, String)> {
        let text = format!("{RULE}{body}");
        let all = conditions(&text).unwrap();
        let rules = |it: &Condition| it.rules.iter().cloned().collect::<Vec<_>>().join(" ");
        all.into_iter().map(|it| (rules(&it), text.get(it.range.clone()).unwrap().to_owned())).collect()
    }

    fn of_rule(texts: &[&str]) -> Vec<(String, String)> {
        texts.iter().map(|it| ("a/b".to_owned(), (*it).to_owned())).collect()
    }

    #[test]
    fn what_decides_is_found() {
        let body =
            "fn check(x: u32, y: Option<u32>) { if x > 1 && !f(x) { g(); } let _ = v.filter(|it| it.ok()); }";
        assert_eq!(found(body), of_rule(&["x > 1", "f(x)", "it.ok()"]));
        assert_eq!(found("fn is(x: u32) -> bool { x.even() }"), of_rule(&["x.even()"]));
        assert_eq!(found("fn check() { if let Some(x) = y && x.ok() { g(); } }"), of_rule(&["x.ok()"]));
        assert_eq!(
            found("fn check() { match y { Some(x) if x.ok() => g(), _ => {} } }"),
            of_rule(&["x.ok()"])
        );
    }

    #[test]
    fn tests_constants_and_files_without_rules_are_left_alone() {
        assert_eq!(found("mod tests { fn t() { if a { b(); } } }"), []);
        assert_eq!(found("const fn two(x: u32) -> bool { x == 2 }"), []);
        assert_eq!(conditions("fn check(x: u32) { if x > 1 { g(); } }").unwrap(), []);
    }

    #[test]
    fn in_a_file_of_two_rules_a_function_belongs_to_those_it_names_and_that_call_it() {
        let other = "static OTHER: RuleMeta = RuleMeta { id: \"a/c\" };\n";
        let body = "fn one() { if a() { report(&META); } }\nfn two() { if b() { report(&OTHER); } }\n\
            fn report(x: &RuleMeta) { if c() { d(); } }\nfn none() { if e() { f(); } }";
        let of = |rule: &str, text: &str| (rule.to_owned(), text.to_owned());
        let wanted = [of("a/b", "a()"), of("a/c", "b()"), of("a/b a/c", "c()")];
        assert_eq!(found(&format!("{other}{body}")), wanted);
    }
}
